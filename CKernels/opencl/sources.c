#include "CUnloopOpenCL.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Each text is its file's bytes and a final zero.

const char *unloop_opencl_elements(void) {
    static const char text[] = {
#embed "kernels/elements.cl"
        , 0};
    return text;
}

const char *unloop_opencl_interpreter(void) {
    static const char text[] = {
#embed "kernels/interpreter.cl"
        , 0};
    return text;
}

const char *unloop_opencl_lines(void) {
    static const char text[] = {
#embed "kernels/lines.cl"
        , 0};
    return text;
}

const char *unloop_opencl_map(void) {
    static const char text[] = {
#embed "kernels/map.cl"
        , 0};
    return text;
}

const char *unloop_opencl_reduce(void) {
    static const char text[] = {
#embed "kernels/reduce.cl"
        , 0};
    return text;
}

const char *unloop_opencl_reduce_index(void) {
    static const char text[] = {
#embed "kernels/reduce_index.cl"
        , 0};
    return text;
}

const char *unloop_opencl_scan(void) {
    static const char text[] = {
#embed "kernels/scan.cl"
        , 0};
    return text;
}

const char *unloop_opencl_dialect(void) {
    static const char text[] = {
#embed "../dialect/opencl.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_arithmetic(void) {
    static const char text[] = {
#embed "../formulas/arithmetic.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_exponential(void) {
    static const char text[] = {
#embed "../formulas/exponential.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_error_function(void) {
    static const char text[] = {
#embed "../formulas/error_function.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_trigonometric(void) {
    static const char text[] = {
#embed "../formulas/trigonometric.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_power(void) {
    static const char text[] = {
#embed "../formulas/power.h"
        , 0};
    return text;
}

const char *unloop_opencl_formulas_random(void) {
    static const char text[] = {
#embed "../formulas/random.h"
        , 0};
    return text;
}
