// Maximum and average pooling of [height, width, channels], its gradient and its tangent.
//
// Every output pixel looks at the part of its window inside the image, in row-major order, UNLOOP_WIDTH channels at a
// time and then one at a time. Gradients are computed for a range of rows of the image, in which the contributions of
// all output pixels that reach it are added in row-major order; so threads share the rows without sharing sums.

// The part of a window inside the image: rows h0 ..< h1, columns w0 ..< w1.
typedef struct {
    int64_t h0, h1, w0, w1;
} pool_window;

UNLOOP_FUNCTION(pool_window) pool_clip(const unloop_pool *p, int64_t y, int64_t x) {
    const int64_t h = y * p->stride_height - p->padding_top, w = x * p->stride_width - p->padding_left;
    pool_window r = {h, h + p->window_height, w, w + p->window_width};
    if (r.h0 < 0) r.h0 = 0;
    if (r.w0 < 0) r.w0 = 0;
    if (r.h1 > p->height) r.h1 = p->height;
    if (r.w1 > p->width) r.w1 = p->width;
    if (r.h1 < r.h0) r.h1 = r.h0;
    if (r.w1 < r.w0) r.w1 = r.w0;
    if (r.h1 == r.h0 || r.w1 == r.w0) r.h1 = r.h0, r.w1 = r.w0;
    return r;
}

// Whether x takes the place of the largest so far.
UNLOOP_FUNCTION(INT) pool_exceeds(REAL x, REAL best) {
    return AS_INT(x > best) | (AS_INT(x != x) & AS_INT(best == best));
}
UNLOOP_FUNCTION(int) pool_exceeds_one(float x, float best) { return x > best || (x != x && best == best); }

// The largest of a window and its number among the window's elements, counted in the row-major order.
UNLOOP_FUNCTION(INT) pool_find(const unloop_pool *p, const float *image, pool_window r, int64_t c, REAL *largest) {
    REAL best = REAL_OF(-__builtin_inff());
    INT position = INT_OF(0);
    int32_t number = 0;
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels, number++) {
            REAL x = unloop_load_real(pixel);
            INT exceeds = number == 0 ? INT_OF(-1) : pool_exceeds(x, best);
            best = SELECT(exceeds, x, best);
            position = (exceeds & INT_OF(number)) | (~exceeds & position);
        }
    }
    *largest = best;
    return position;
}
UNLOOP_FUNCTION(int32_t)
pool_find_one(const unloop_pool *p, const float *image, pool_window r, int64_t c, float *largest) {
    float best = -__builtin_inff();
    int32_t position = 0, number = 0;
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels, number++) {
            if (number == 0 || pool_exceeds_one(*pixel, best)) {
                best = *pixel;
                position = number;
            }
        }
    }
    *largest = best;
    return position;
}

static void pool_maximum(const unloop_pool *p, const float *image, float *output, int64_t y0, int64_t y1) {
    for (int64_t y = y0; y < y1; y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            float *to = output + (y * p->output_width + x) * p->channels;
            int64_t c = 0;
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) {
                REAL best;
                pool_find(p, image, r, c, &best);
                unloop_store_real(to + c, best);
            }
            for (; c < p->channels; c++) pool_find_one(p, image, r, c, to + c);
        }
    }
}

static void pool_maximum_tangent(const unloop_pool *p, const float *image, const float *tangent, float *output,
                                 int64_t y0, int64_t y1) {
    for (int64_t y = y0; y < y1; y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            float *to = output + (y * p->output_width + x) * p->channels;
            int64_t c = 0;
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) {
                REAL best, result = REAL_OF(0.0f);
                const INT position = pool_find(p, image, r, c, &best);
                int32_t number = 0;
                for (int64_t h = r.h0; h < r.h1; h++)
                    for (int64_t w = r.w0; w < r.w1; w++, number++)
                        result = SELECT(AS_INT(position == INT_OF(number)),
                                        unloop_load_real(tangent + (h * p->width + w) * p->channels + c), result);
                unloop_store_real(to + c, result);
            }
            for (; c < p->channels; c++) {
                float best;
                const int64_t position = pool_find_one(p, image, r, c, &best), width = r.w1 - r.w0;
                to[c] =
                    width == 0
                        ? 0
                        : tangent[((r.h0 + position / width) * p->width + r.w0 + position % width) * p->channels + c];
            }
        }
    }
}

// The first output row that may reach row h of the image, and the first that lies past it.
UNLOOP_FUNCTION(int64_t) pool_first_row(const unloop_pool *p, int64_t h) {
    const int64_t reach = h + p->padding_top - p->window_height + 1;
    return reach <= 0 ? 0 : (reach + p->stride_height - 1) / p->stride_height;
}
UNLOOP_FUNCTION(int64_t) pool_end_row(const unloop_pool *p, int64_t h) {
    const int64_t end = (h + p->padding_top) / p->stride_height + 1;
    return end < p->output_height ? end : p->output_height;
}

static void pool_maximum_gradient(const unloop_pool *p, const float *image, const float *output_gradient,
                                  float *gradient, int64_t h0, int64_t h1) {
    memset(gradient + h0 * p->width * p->channels, 0, (size_t)((h1 - h0) * p->width * p->channels) * sizeof(float));
    for (int64_t y = pool_first_row(p, h0); y < pool_end_row(p, h1 - 1); y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            const float *from = output_gradient + (y * p->output_width + x) * p->channels;
            const int64_t width = r.w1 - r.w0;
            const int64_t top = r.h0 > h0 ? r.h0 : h0, bottom = r.h1 < h1 ? r.h1 : h1;
            if (width == 0) continue;
            int64_t c = 0;
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) {
                REAL best;
                const INT position = pool_find(p, image, r, c, &best);
                const REAL term = unloop_load_real(from + c);
                for (int64_t h = top; h < bottom; h++) {
                    for (int64_t w = r.w0; w < r.w1; w++) {
                        float *to = gradient + (h * p->width + w) * p->channels + c;
                        const REAL sum = unloop_load_real(to);
                        const INT chosen = AS_INT(position == INT_OF((int32_t)((h - r.h0) * width + w - r.w0)));
                        unloop_store_real(to, SELECT(chosen, sum + term, sum));
                    }
                }
            }
            for (; c < p->channels; c++) {
                float best;
                const int64_t position = pool_find_one(p, image, r, c, &best);
                const int64_t h = r.h0 + position / width, w = r.w0 + position % width;
                if (h >= h0 && h < h1) gradient[(h * p->width + w) * p->channels + c] += from[c];
            }
        }
    }
}

static void pool_average(const unloop_pool *p, const float *image, float *output, int64_t y0, int64_t y1) {
    for (int64_t y = y0; y < y1; y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            const int64_t elements = (r.h1 - r.h0) * (r.w1 - r.w0);
            // An empty window sums to 0, which stays 0.
            const float count = elements == 0 ? 1.0f : (float)elements;
            float *to = output + (y * p->output_width + x) * p->channels;
            int64_t c = 0;
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) {
                REAL sum = REAL_OF(0.0f);
                for (int64_t h = r.h0; h < r.h1; h++) {
                    const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
                    for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels) sum += unloop_load_real(pixel);
                }
                unloop_store_real(to + c, sum / REAL_OF(count));
            }
            for (; c < p->channels; c++) {
                float sum = 0;
                for (int64_t h = r.h0; h < r.h1; h++)
                    for (int64_t w = r.w0; w < r.w1; w++) sum += image[(h * p->width + w) * p->channels + c];
                to[c] = sum / count;
            }
        }
    }
}

static void pool_average_gradient(const unloop_pool *p, const float *output_gradient, float *gradient, int64_t h0,
                                  int64_t h1) {
    memset(gradient + h0 * p->width * p->channels, 0, (size_t)((h1 - h0) * p->width * p->channels) * sizeof(float));
    for (int64_t y = pool_first_row(p, h0); y < pool_end_row(p, h1 - 1); y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            const float *from = output_gradient + (y * p->output_width + x) * p->channels;
            const float count = (float)((r.h1 - r.h0) * (r.w1 - r.w0));
            const int64_t top = r.h0 > h0 ? r.h0 : h0, bottom = r.h1 < h1 ? r.h1 : h1;
            int64_t c = 0;
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) {
                const REAL term = unloop_load_real(from + c) / REAL_OF(count);
                for (int64_t h = top; h < bottom; h++) {
                    float *to = gradient + (h * p->width + r.w0) * p->channels + c;
                    for (int64_t w = r.w0; w < r.w1; w++, to += p->channels)
                        unloop_store_real(to, unloop_load_real(to) + term);
                }
            }
            for (; c < p->channels; c++) {
                const float term = from[c] / count;
                for (int64_t h = top; h < bottom; h++)
                    for (int64_t w = r.w0; w < r.w1; w++) gradient[(h * p->width + w) * p->channels + c] += term;
            }
        }
    }
}

#define UNLOOP_POOL_KERNELS                                                                                            \
    {                                                                                                                  \
        .maximum = pool_maximum, .maximum_tangent = pool_maximum_tangent, .maximum_gradient = pool_maximum_gradient,   \
        .average = pool_average, .average_gradient = pool_average_gradient                                             \
    }
