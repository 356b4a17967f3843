// Copies for one instruction set.

static void copy_stream(float *destination, const float *source, size_t count) {
    size_t i = 0;
    while (i < count && ((uintptr_t)(destination + i) % (4 * UNLOOP_WIDTH)) != 0) {
        destination[i] = source[i];
        i++;
    }
    for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) {
        __builtin_nontemporal_store(unloop_load_real(source + i), (REAL *)(destination + i));
    }
    for (; i < count; i++) destination[i] = source[i];
}

// A square tile in registers: each round moves one bit of the row number to the column number.
static inline void copy_transpose_tile(float *destination, int64_t destination_stride, const float *source,
                                       int64_t source_stride) {
    REAL rows[UNLOOP_WIDTH], zipped[UNLOOP_WIDTH];
#pragma clang loop unroll(full)
    for (int r = 0; r < UNLOOP_WIDTH; r++) rows[r] = unloop_load_real(source + r * source_stride);
#pragma clang loop unroll(full)
    for (int round = 1; round < UNLOOP_WIDTH; round *= 2) {
#pragma clang loop unroll(full)
        for (int r = 0; r < UNLOOP_WIDTH / 2; r++) {
            zipped[2 * r] = UNLOOP_ZIP_LOW(rows[r], rows[r + UNLOOP_WIDTH / 2]);
            zipped[2 * r + 1] = UNLOOP_ZIP_HIGH(rows[r], rows[r + UNLOOP_WIDTH / 2]);
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < UNLOOP_WIDTH; r++) rows[r] = zipped[r];
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < UNLOOP_WIDTH; r++) unloop_store_real(destination + r * destination_stride, rows[r]);
}

static void copy_transpose(float *destination, int64_t destination_stride, const float *source, int64_t source_stride,
                           int64_t rows, int64_t columns) {
    const int64_t whole_rows = rows / UNLOOP_WIDTH * UNLOOP_WIDTH;
    const int64_t whole_columns = columns / UNLOOP_WIDTH * UNLOOP_WIDTH;
    for (int64_t j = 0; j < whole_columns; j += UNLOOP_WIDTH) {
        for (int64_t i = 0; i < whole_rows; i += UNLOOP_WIDTH) {
            copy_transpose_tile(destination + i * destination_stride + j, destination_stride,
                                source + j * source_stride + i, source_stride);
        }
    }
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; j++) {
            destination[i * destination_stride + j] = source[j * source_stride + i];
        }
    }
}

#define UNLOOP_COPY_KERNELS                                                                                            \
    { .stream = copy_stream, .transpose = copy_transpose }
