#include "CUnloopOpenCL.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// The kernels of matrix products, convolutions, pooling and gathering. Each text is its file's bytes and a final zero.

const char *unloop_opencl_vectors(void) {
    static const char text[] = {
#embed "kernels/vectors.cl"
        , 0};
    return text;
}

const char *unloop_opencl_panel(void) {
    static const char text[] = {
#embed "kernels/panel.cl"
        , 0};
    return text;
}

const char *unloop_opencl_matmul_panel(void) {
    static const char text[] = {
#embed "kernels/matmul_panel.cl"
        , 0};
    return text;
}

const char *unloop_opencl_matmul_tile(void) {
    static const char text[] = {
#embed "kernels/matmul_tile.cl"
        , 0};
    return text;
}

const char *unloop_opencl_matmul_simple(void) {
    static const char text[] = {
#embed "kernels/matmul_simple.cl"
        , 0};
    return text;
}

const char *unloop_opencl_tile_fetch(void) {
    static const char text[] = {
#embed "kernels/tile_fetch.cl"
        , 0};
    return text;
}

const char *unloop_opencl_tile(void) {
    static const char text[] = {
#embed "kernels/tile.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_direct(void) {
    static const char text[] = {
#embed "kernels/convolution_direct.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_depthwise(void) {
    static const char text[] = {
#embed "kernels/convolution_depthwise.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_panel(void) {
    static const char text[] = {
#embed "kernels/convolution_panel.cl"
        , 0};
    return text;
}

const char *unloop_opencl_image_taps(void) {
    static const char text[] = {
#embed "kernels/image_taps.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_narrow(void) {
    static const char text[] = {
#embed "kernels/convolution_narrow.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_window(void) {
    static const char text[] = {
#embed "kernels/convolution_window.cl"
        , 0};
    return text;
}

const char *unloop_opencl_convolution_tile(void) {
    static const char text[] = {
#embed "kernels/convolution_tile.cl"
        , 0};
    return text;
}

const char *unloop_opencl_pool(void) {
    static const char text[] = {
#embed "kernels/pool.cl"
        , 0};
    return text;
}

const char *unloop_opencl_gather(void) {
    static const char text[] = {
#embed "kernels/gather.cl"
        , 0};
    return text;
}

const char *unloop_opencl_scatter_sort(void) {
    static const char text[] = {
#embed "kernels/scatter_sort.cl"
        , 0};
    return text;
}
