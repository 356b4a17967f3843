// The two passes of a separable resize of 8-bit samples, with weights of 22 fractional bits.
#include "CUnloopData.h"

#include <string.h>

// Half of the last place, so that the shift rounds to the nearest.
static const int32_t half = 1 << 21;
static const int fraction_bits = 22;

// Sums never fall below 0, since no weight does; they may pass 255 by the rounding of very many weights.
static inline uint8_t sample(int32_t sum) {
    const int32_t value = sum >> fraction_bits;
    return (uint8_t)(value < 255 ? value : 255);
}

// The loops below are compiled for every processor, and where it has wider registers, for those.
#define LOOP static inline __attribute__((always_inline)) void

typedef int32_t sums4 __attribute__((vector_size(16)));
typedef uint8_t bytes4 __attribute__((vector_size(4)));
typedef int32_t sums8 __attribute__((vector_size(32)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));

LOOP gray_row(const uint8_t *input, uint8_t *output, size_t width, const struct unloop_span *spans,
              const int32_t *weights) {
    for (size_t x = 0; x < width; x++) {
        const uint8_t *first = input + spans[x].first;
        const int32_t *own = weights + spans[x].weight;
        int32_t sum = half;
        for (size_t i = 0; i < spans[x].count; i++) sum += first[i] * own[i];
        output[x] = sample(sum);
    }
}

LOOP color_row(const uint8_t *input, uint8_t *output, size_t width, const struct unloop_span *spans,
               const int32_t *weights) {
    for (size_t x = 0; x < width; x++) {
        const uint8_t *first = input + 3 * (size_t)spans[x].first;
        const int32_t *own = weights + spans[x].weight;
        const size_t last = spans[x].count - 1;
        // Behind the last pixel there may be no fourth byte.
        const bytes4 pixel = {first[3 * last], first[3 * last + 1], first[3 * last + 2], 0};
        sums4 sum = __builtin_convertvector(pixel, sums4) * own[last] + half;
        for (size_t i = 0; i < last; i++) {
            bytes4 next;
            memcpy(&next, first + 3 * i, sizeof next);
            sum += __builtin_convertvector(next, sums4) * own[i];
        }
        for (int c = 0; c < 3; c++) output[3 * x + c] = sample(sum[c]);
    }
}

LOOP resize_rows(const uint8_t *input, size_t input_width, uint8_t *output, size_t output_width, size_t rows,
                 size_t channels, const struct unloop_span *spans, const int32_t *weights) {
    for (size_t y = 0; y < rows; y++, input += input_width * channels, output += output_width * channels) {
        if (channels == 3) {
            color_row(input, output, output_width, spans, weights);
        } else {
            gray_row(input, output, output_width, spans, weights);
        }
    }
}

// A row of samples as a sum of rows.
LOOP sum_of_rows(const uint8_t *input, size_t length, uint8_t *output, size_t count, const int32_t *weights) {
    size_t x = 0;
    for (; x + 32 <= length; x += 32) {
        sums8 sum[4];
        for (int part = 0; part < 4; part++) sum[part] = (sums8){} + half;
        for (size_t i = 0; i < count; i++) {
            for (int part = 0; part < 4; part++) {
                bytes8 row;
                memcpy(&row, input + i * length + x + 8 * part, sizeof row);
                sum[part] += __builtin_convertvector(row, sums8) * weights[i];
            }
        }
        for (int part = 0; part < 4; part++) {
            const sums8 value = sum[part] >> fraction_bits;
            // All ones where it is true.
            const sums8 is_sample = value < 255;
            const bytes8 row = __builtin_convertvector((value & is_sample) | (255 & ~is_sample), bytes8);
            memcpy(output + x + 8 * part, &row, sizeof row);
        }
    }
    for (; x < length; x++) {
        int32_t sum = half;
        for (size_t i = 0; i < count; i++) sum += input[i * length + x] * weights[i];
        output[x] = sample(sum);
    }
}

LOOP resize_columns(const uint8_t *input, size_t length, uint8_t *output, size_t output_height,
                    const struct unloop_span *spans, const int32_t *weights) {
    for (size_t y = 0; y < output_height; y++)
        sum_of_rows(input + spans[y].first * length, length, output + y * length, spans[y].count,
                    weights + spans[y].weight);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void resize_rows_avx2(const uint8_t *input, size_t input_width, uint8_t *output,
                                                             size_t output_width, size_t rows, size_t channels,
                                                             const struct unloop_span *spans, const int32_t *weights) {
    resize_rows(input, input_width, output, output_width, rows, channels, spans, weights);
}

__attribute__((target("avx2"))) static void resize_columns_avx2(const uint8_t *input, size_t length, uint8_t *output,
                                                                size_t output_height, const struct unloop_span *spans,
                                                                const int32_t *weights) {
    resize_columns(input, length, output, output_height, spans, weights);
}
#endif

void unloop_resize_rows(const uint8_t *input, size_t input_width, uint8_t *output, size_t output_width, size_t rows,
                        size_t channels, const struct unloop_span *spans, const int32_t *weights) {
#if defined(__x86_64__)
    // This also asks whether the operating system saves the wide registers.
    if (__builtin_cpu_supports("avx2")) {
        resize_rows_avx2(input, input_width, output, output_width, rows, channels, spans, weights);
        return;
    }
#endif
    resize_rows(input, input_width, output, output_width, rows, channels, spans, weights);
}

void unloop_resize_columns(const uint8_t *input, size_t length, uint8_t *output, size_t output_height,
                           const struct unloop_span *spans, const int32_t *weights) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        resize_columns_avx2(input, length, output, output_height, spans, weights);
        return;
    }
#endif
    resize_columns(input, length, output, output_height, spans, weights);
}
