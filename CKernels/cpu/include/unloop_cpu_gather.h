// Rows taken from, or added into, tables by index. Elements have 32 bits.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct unloop_cpu_gather_kernels {
    // Whether all indices lie in 0 ..< rows.
    bool (*valid)(const int32_t *indices, int64_t count, int64_t rows);
    // output[i, :] = table[indices[i], :] for i < count; rows of `inner` elements.
    void (*gather)(const void *table, const int32_t *indices, int64_t count, int64_t inner, void *output);
    // output[r, :] = sum of source[i, :] over the i with indices[i] = r, in increasing i from 0 on; for r0 <= r < r1.
    void (*scatter_add_real)(const float *source, const int32_t *indices, int64_t count, int64_t inner, float *output,
                             int64_t r0, int64_t r1);
    // The same for integers, which wrap.
    void (*scatter_add_integer)(const int32_t *source, const int32_t *indices, int64_t count, int64_t inner,
                                int32_t *output, int64_t r0, int64_t r1);
};

#pragma clang assume_nonnull end
