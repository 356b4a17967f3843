// Reductions and cumulative sums in the orders that the numerics contract fixes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What is combined, and the type of the elements.
enum unloop_reduction {
    unloop_reduction_sum,
    unloop_reduction_product,
    unloop_reduction_maximum,
    unloop_reduction_minimum,
    unloop_reduction_integer_sum,
    unloop_reduction_integer_product,
    unloop_reduction_integer_maximum,
    unloop_reduction_integer_minimum,
};

// Elements that are reduced in 64 lanes at a time; longer lines are reduced in chunks of this length.
enum { unloop_reduce_chunk = 4096, unloop_reduce_row_block = 256 };

struct unloop_cpu_reduce_kernels {
    // The bits of the value that each reduction starts with.
    uint32_t (*start)(enum unloop_reduction reduction);
    // Reduces `lines` lines of `length` <= 4096 elements, `stride` elements apart, each to one element of `result`: 64
    // interleaved lanes, then a binary tree.
    void (*lines)(enum unloop_reduction reduction, uint32_t *result, const uint32_t *source, int64_t stride,
                  int64_t lines, int64_t length);
    // accumulators[j] = combine(accumulators[j], source[r · stride + j]) for r = 0, 1, … < rows.
    void (*rows)(enum unloop_reduction reduction, uint32_t *accumulators, const uint32_t *source, int64_t stride,
                 int64_t rows, int64_t count);
    // Goes on searching for the first largest or smallest element (or the first NaN) of a line: `best` and `index` hold
    // what was found before (index < 0: nothing), `first` is the position of the first of the `length` <= 4096
    // elements.
    void (*search)(enum unloop_reduction reduction, uint32_t *best, int32_t *index, const uint32_t *source,
                   int64_t first, int64_t length);
    // The same for `lines` whole lines of `length` <= 4096 elements, `stride` elements apart.
    void (*search_lines)(enum unloop_reduction reduction, int32_t *index, const uint32_t *source, int64_t stride,
                         int64_t lines, int64_t length);
    // The same for each of `count` columns, row by row from row `first` on; begins with row 0.
    void (*search_rows)(enum unloop_reduction reduction, uint32_t *best, int32_t *index, const uint32_t *source,
                        int64_t stride, int64_t first, int64_t rows, int64_t count);
    // Cumulative sums of one `[length, inner]`, both sides row-major.
    void (*scan)(bool integer, bool reversed, uint32_t *result, const uint32_t *source, int64_t length, int64_t inner);
};

#pragma clang assume_nonnull end
