#ifndef CUNLOOPDATA_H
#define CUNLOOPDATA_H

#include <stddef.h>
#include <stdint.h>

// The bytes of the files in Resources, as they are in the files; `*count` receives their number.
const unsigned char *unloop_digits_csv(size_t *count);
const unsigned char *unloop_breast_cancer_csv(size_t *count);
const unsigned char *unloop_iris_csv(size_t *count);
const unsigned char *unloop_sunspots_csv(size_t *count);
const unsigned char *unloop_photograph_pgm(size_t *count);

// What one sample of a resized row or column is made of: `count` samples of the source from `first` on, by the weights
// from `weight` on, which are not negative, have 22 fractional bits and add up to about one.
struct unloop_span {
    uint32_t first;
    uint32_t count;
    size_t weight;
};

// Each row on its own; `spans` has as many elements as an output row has pixels.
void unloop_resize_rows(const uint8_t *input, size_t input_width, uint8_t *output, size_t output_width, size_t rows,
                        size_t channels, const struct unloop_span *spans, const int32_t *weights);
// Rows of `length` samples as sums of rows; `spans` has as many elements as there are output rows.
void unloop_resize_columns(const uint8_t *input, size_t length, uint8_t *output, size_t output_height,
                           const struct unloop_span *spans, const int32_t *weights);

#endif
