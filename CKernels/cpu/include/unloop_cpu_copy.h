// Copies between strided arrays of 32-bit elements.
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct unloop_cpu_copy_kernels {
    // Copies `count` floats past the caches where the instruction set can.
    void (*stream)(float *destination, const float *source, size_t count);
    // destination[i · destination_stride + j] = source[j · source_stride + i] for i < rows, j < columns.
    void (*transpose)(float *destination, int64_t destination_stride, const float *source, int64_t source_stride,
                      int64_t rows, int64_t columns);
};

// Gathers `count` elements in row-major order, from the element `position` (a coordinate for each axis) on, into
// consecutive memory.
void unloop_gather_elements(uint32_t *destination, const uint32_t *source, int32_t rank, const int64_t *shape,
                            const int64_t *strides, const int64_t *position, int64_t count);

// The reverse: consecutive memory to a strided array.
void unloop_scatter_elements(uint32_t *destination, const uint32_t *source, int32_t rank, const int64_t *shape,
                             const int64_t *strides, const int64_t *position, int64_t count);

#pragma clang assume_nonnull end
