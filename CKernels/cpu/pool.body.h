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

// Loops over vectors are unrolled: their number is a constant, 4 where there are as many channels and 1 elsewhere, so
// that finding the way through a window costs little for each.
#define EACH_VECTOR _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++)

// Whether int32 counts the elements of a window, so that vectors hold their numbers. Else channels are looked at one by
// one.
UNLOOP_FUNCTION(int) pool_is_counted(pool_window r) { return (r.h1 - r.h0) * (r.w1 - r.w0) <= INT32_MAX; }

// The largest of a window that is not empty and its number among the window's elements, counted in row-major order.
UNLOOP_FUNCTION(void)
pool_find(const int vectors, const unloop_pool *p, const float *image, pool_window r, int64_t c, INT *position) {
    REAL best[4];
    const float *first = image + (r.h0 * p->width + r.w0) * p->channels + c;
    EACH_VECTOR {
        best[v] = unloop_load_real(first + v * UNLOOP_WIDTH);
        position[v] = INT_OF(0);
    }
    int32_t number = 0;
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels, number++) {
            EACH_VECTOR {
                const REAL x = unloop_load_real(pixel + v * UNLOOP_WIDTH);
                // Larger, or NaN where nothing before was.
                const INT exceeds = ~AS_INT(x <= best[v]) & AS_INT(best[v] == best[v]);
                best[v] = exceeds ? x : best[v];
                position[v] = exceeds ? INT_OF(number) : position[v];
            }
        }
    }
}
UNLOOP_FUNCTION(int64_t) pool_find_one(const unloop_pool *p, const float *image, pool_window r, int64_t c) {
    float best = 0;
    int64_t position = 0, number = 0;
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels, number++) {
            if (number == 0 || (!(*pixel <= best) && best == best)) {
                best = *pixel;
                position = number;
            }
        }
    }
    return position;
}

UNLOOP_FUNCTION(void)
pool_maximum_sized(const int vectors, const unloop_pool *p, const float *image, pool_window r, int64_t c, float *to) {
    REAL best[4];
    EACH_VECTOR best[v] = REAL_OF(-__builtin_inff());
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = image + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels) {
            EACH_VECTOR {
                const REAL x = unloop_load_real(pixel + v * UNLOOP_WIDTH);
                best[v] = x > best[v] ? x : best[v];
                // Any NaN is the first one, as all are the same.
                best[v] = x == x ? best[v] : x;
            }
        }
    }
    EACH_VECTOR unloop_store_real(to + c + v * UNLOOP_WIDTH, best[v]);
}

static void pool_maximum(const unloop_pool *p, const float *image, float *output, int64_t y0, int64_t y1) {
    for (int64_t y = y0; y < y1; y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            float *to = output + (y * p->output_width + x) * p->channels;
            int64_t c = 0;
            for (; c + 4 * UNLOOP_WIDTH <= p->channels; c += 4 * UNLOOP_WIDTH)
                pool_maximum_sized(4, p, image, r, c, to);
            for (; c + UNLOOP_WIDTH <= p->channels; c += UNLOOP_WIDTH) pool_maximum_sized(1, p, image, r, c, to);
            for (; c < p->channels; c++) {
                float best = -__builtin_inff();
                for (int64_t h = r.h0; h < r.h1; h++) {
                    for (int64_t w = r.w0; w < r.w1; w++) {
                        const float x = image[(h * p->width + w) * p->channels + c];
                        best = x > best || x != x ? x : best;
                    }
                }
                to[c] = best;
            }
        }
    }
}

UNLOOP_FUNCTION(void)
pool_maximum_tangent_sized(const int vectors, const unloop_pool *p, const float *image, const float *tangent,
                           pool_window r, int64_t c, float *to) {
    INT position[4];
    REAL result[4];
    pool_find(vectors, p, image, r, c, position);
    EACH_VECTOR result[v] = REAL_OF(0.0f);
    int32_t number = 0;
    for (int64_t h = r.h0; h < r.h1; h++) {
        const float *pixel = tangent + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, pixel += p->channels, number++) {
            EACH_VECTOR result[v] =
                position[v] == INT_OF(number) ? unloop_load_real(pixel + v * UNLOOP_WIDTH) : result[v];
        }
    }
    EACH_VECTOR unloop_store_real(to + c + v * UNLOOP_WIDTH, result[v]);
}

static void pool_maximum_tangent(const unloop_pool *p, const float *image, const float *tangent, float *output,
                                 int64_t y0, int64_t y1) {
    for (int64_t y = y0; y < y1; y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            float *to = output + (y * p->output_width + x) * p->channels;
            int64_t c = 0;
            if (r.w0 == r.w1) {
                memset(to, 0, (size_t)p->channels * sizeof(float));
                continue;
            }
            const int64_t vectors = pool_is_counted(r) ? p->channels : 0;
            for (; c + 4 * UNLOOP_WIDTH <= vectors; c += 4 * UNLOOP_WIDTH)
                pool_maximum_tangent_sized(4, p, image, tangent, r, c, to);
            for (; c + UNLOOP_WIDTH <= vectors; c += UNLOOP_WIDTH)
                pool_maximum_tangent_sized(1, p, image, tangent, r, c, to);
            for (; c < p->channels; c++) {
                const int64_t position = pool_find_one(p, image, r, c), width = r.w1 - r.w0;
                to[c] = tangent[((r.h0 + position / width) * p->width + r.w0 + position % width) * p->channels + c];
            }
        }
    }
}

// The first output row that may reach row h of the image, and the first that lies past it.
UNLOOP_FUNCTION(int64_t) pool_first_row(const unloop_pool *p, int64_t h) {
    const int64_t reach = h + p->padding_top - p->window_height + 1;
    return reach <= 0 ? 0 : (reach - 1) / p->stride_height + 1;
}
UNLOOP_FUNCTION(int64_t) pool_end_row(const unloop_pool *p, int64_t h) {
    const int64_t end = (h + p->padding_top) / p->stride_height + 1;
    return end < p->output_height ? end : p->output_height;
}

// Adds one output pixel's gradient to the rows top ..< bottom of its window.
UNLOOP_FUNCTION(void)
pool_maximum_gradient_sized(const int vectors, const unloop_pool *p, const float *image, const float *from,
                            float *gradient, pool_window r, int64_t top, int64_t bottom, int64_t c) {
    INT position[4];
    REAL term[4];
    pool_find(vectors, p, image, r, c, position);
    EACH_VECTOR term[v] = unloop_load_real(from + c + v * UNLOOP_WIDTH);
    for (int64_t h = top; h < bottom; h++) {
        int32_t number = (int32_t)((h - r.h0) * (r.w1 - r.w0));
        float *to = gradient + (h * p->width + r.w0) * p->channels + c;
        for (int64_t w = r.w0; w < r.w1; w++, to += p->channels, number++) {
            EACH_VECTOR {
                const REAL sum = unloop_load_real(to + v * UNLOOP_WIDTH);
                unloop_store_real(to + v * UNLOOP_WIDTH, position[v] == INT_OF(number) ? sum + term[v] : sum);
            }
        }
    }
}

static void pool_maximum_gradient(const unloop_pool *p, const float *image, const float *output_gradient,
                                  float *gradient, int64_t h0, int64_t h1) {
    memset(gradient + h0 * p->width * p->channels, 0, (size_t)((h1 - h0) * p->width * p->channels) * sizeof(float));
    for (int64_t y = pool_first_row(p, h0); y < pool_end_row(p, h1 - 1); y++) {
        for (int64_t x = 0; x < p->output_width; x++) {
            const pool_window r = pool_clip(p, y, x);
            const float *from = output_gradient + (y * p->output_width + x) * p->channels;
            const int64_t top = r.h0 > h0 ? r.h0 : h0, bottom = r.h1 < h1 ? r.h1 : h1;
            if (r.w0 == r.w1) continue;
            int64_t c = 0;
            const int64_t vectors = pool_is_counted(r) ? p->channels : 0;
            for (; c + 4 * UNLOOP_WIDTH <= vectors; c += 4 * UNLOOP_WIDTH)
                pool_maximum_gradient_sized(4, p, image, from, gradient, r, top, bottom, c);
            for (; c + UNLOOP_WIDTH <= vectors; c += UNLOOP_WIDTH)
                pool_maximum_gradient_sized(1, p, image, from, gradient, r, top, bottom, c);
            for (; c < p->channels; c++) {
                const int64_t position = pool_find_one(p, image, r, c), width = r.w1 - r.w0;
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
