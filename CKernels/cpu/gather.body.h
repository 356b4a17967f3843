// Gather and scatter-add of rows of 32-bit elements.

static bool gather_valid(const int32_t *indices, int64_t count, int64_t rows) {
    // A negative index is a large unsigned one.
    const uint32_t bound = rows > INT32_MAX ? (uint32_t)INT32_MAX + 1 : (uint32_t)rows;
    uint32_t invalid = 0;
    for (int64_t i = 0; i < count; i++) invalid |= (uint32_t)indices[i] >= bound;
    return invalid == 0;
}

static void gather_rows(const void *table, const int32_t *indices, int64_t count, int64_t inner, void *output) {
    const uint32_t *from = table;
    uint32_t *to = output;
    if (inner == 1) {
        for (int64_t i = 0; i < count; i++) to[i] = from[indices[i]];
    } else {
        for (int64_t i = 0; i < count; i++)
            memcpy(to + i * inner, from + indices[i] * inner, (size_t)inner * sizeof(uint32_t));
    }
}

static void scatter_add_real(const float *source, const int32_t *indices, int64_t count, int64_t inner, float *output,
                             int64_t r0, int64_t r1) {
    memset(output + r0 * inner, 0, (size_t)((r1 - r0) * inner) * sizeof(float));
    for (int64_t i = 0; i < count; i++) {
        if (indices[i] < r0 || indices[i] >= r1) continue;
        const float *from = source + i * inner;
        float *to = output + indices[i] * inner;
        int64_t j = 0;
        for (; j + UNLOOP_WIDTH <= inner; j += UNLOOP_WIDTH)
            unloop_store_real(to + j, unloop_load_real(to + j) + unloop_load_real(from + j));
        for (; j < inner; j++) to[j] += from[j];
    }
}

static void scatter_add_integer(const int32_t *source, const int32_t *indices, int64_t count, int64_t inner,
                                int32_t *output, int64_t r0, int64_t r1) {
    memset(output + r0 * inner, 0, (size_t)((r1 - r0) * inner) * sizeof(int32_t));
    for (int64_t i = 0; i < count; i++) {
        if (indices[i] < r0 || indices[i] >= r1) continue;
        const int32_t *from = source + i * inner;
        int32_t *to = output + indices[i] * inner;
        for (int64_t j = 0; j < inner; j++) to[j] = (int32_t)((uint32_t)to[j] + (uint32_t)from[j]);
    }
}

#define UNLOOP_GATHER_KERNELS                                                                                          \
    {                                                                                                                  \
        .valid = gather_valid, .gather = gather_rows, .scatter_add_real = scatter_add_real,                            \
        .scatter_add_integer = scatter_add_integer                                                                     \
    }
