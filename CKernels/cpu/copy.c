// Strided copies of 32-bit elements: row-major order on one side, any strides on the other.
#include "dispatch.h"

#include <string.h>

static void gather_row(uint32_t *destination, const uint32_t *source, int64_t stride, int64_t count) {
    if (stride == 1) {
        memcpy(destination, source, (size_t)count * sizeof *source);
    } else if (stride == 0) {
        const uint32_t value = *source;
        for (int64_t i = 0; i < count; i++) destination[i] = value;
    } else {
        for (int64_t i = 0; i < count; i++) destination[i] = source[i * stride];
    }
}

static void scatter_row(uint32_t *destination, const uint32_t *source, int64_t stride, int64_t count) {
    if (stride == 1) {
        memcpy(destination, source, (size_t)count * sizeof *source);
    } else {
        for (int64_t i = 0; i < count; i++) destination[i * stride] = source[i];
    }
}

// Walks the rows (runs along the last axis) of `count` elements from `position` on. The array's side is `strided`.
#define WALK_ROWS(row)                                                                                                 \
    if (rank == 0) {                                                                                                   \
        if (count > 0) *destination = *source;                                                                         \
        return;                                                                                                        \
    }                                                                                                                  \
    int64_t coordinates[unloop_map_rank], offset = 0, done = 0;                                                        \
    for (int32_t axis = 0; axis < rank; axis++) {                                                                      \
        coordinates[axis] = position[axis];                                                                            \
        offset += position[axis] * strides[axis];                                                                      \
    }                                                                                                                  \
    const int64_t stride = strides[rank - 1];                                                                          \
    while (done < count) {                                                                                             \
        int64_t length = shape[rank - 1] - coordinates[rank - 1];                                                      \
        if (length > count - done) length = count - done;                                                              \
        row;                                                                                                           \
        done += length;                                                                                                \
        coordinates[rank - 1] += length;                                                                               \
        offset += length * stride;                                                                                     \
        for (int32_t axis = rank - 1; axis > 0 && coordinates[axis] == shape[axis]; axis--) {                          \
            offset += strides[axis - 1] - shape[axis] * strides[axis];                                                 \
            coordinates[axis] = 0;                                                                                     \
            coordinates[axis - 1]++;                                                                                   \
        }                                                                                                              \
    }

void unloop_gather_elements(uint32_t *destination, const uint32_t *source, int32_t rank, const int64_t *shape,
                            const int64_t *strides, const int64_t *position, int64_t count) {
    WALK_ROWS(gather_row(destination + done, source + offset, stride, length))
}

void unloop_scatter_elements(uint32_t *destination, const uint32_t *source, int32_t rank, const int64_t *shape,
                             const int64_t *strides, const int64_t *position, int64_t count) {
    WALK_ROWS(scatter_row(destination + offset, source + done, stride, length))
}
