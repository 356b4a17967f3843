// Pooling of images [batch, height, width, channels] over windows, channels in the lanes of vectors.
#pragma once

#include <stdint.h>

#pragma clang assume_nonnull begin

// One image of each array. A window begins at (y * stride_height - padding_top, x * stride_width - padding_left); what
// lies outside the image is not looked at.
typedef struct {
    int64_t height, width, channels;
    int64_t output_height, output_width;
    int64_t window_height, window_width;
    int64_t stride_height, stride_width;
    int64_t padding_top, padding_left;
} unloop_pool;

struct unloop_cpu_pool_kernels {
    // The output rows y0 ..< y1. The largest of a window is the first of equals, or the first NaN.
    void (*maximum)(const unloop_pool *pool, const float *image, float *output, int64_t y0, int64_t y1);
    // The same rows of the tangent: that of the window's largest element.
    void (*maximum_tangent)(const unloop_pool *pool, const float *image, const float *tangent, float *output,
                            int64_t y0, int64_t y1);
    // The rows h0 ..< h1 of the gradient of the image.
    void (*maximum_gradient)(const unloop_pool *pool, const float *image, const float *output_gradient, float *gradient,
                             int64_t h0, int64_t h1);
    void (*average)(const unloop_pool *pool, const float *image, float *output, int64_t y0, int64_t y1);
    void (*average_gradient)(const unloop_pool *pool, const float *output_gradient, float *gradient, int64_t h0,
                             int64_t h1);
};

#pragma clang assume_nonnull end
