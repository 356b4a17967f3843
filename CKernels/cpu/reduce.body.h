// Reductions for one instruction set. The orders are those of Numerics.md: a contiguous axis in 64 interleaved lanes
// and a binary tree, an outer axis row by row.

static uint32_t reduce_start(enum unloop_reduction reduction) {
    switch (reduction) {
    case unloop_reduction_sum:
    case unloop_reduction_integer_sum:
        return 0;
    case unloop_reduction_product:
        return 0x3f800000u;
    case unloop_reduction_maximum:
        return 0xff800000u;
    case unloop_reduction_minimum:
        return 0x7f800000u;
    case unloop_reduction_integer_product:
        return 1;
    case unloop_reduction_integer_maximum:
        return 0x80000000u;
    case unloop_reduction_integer_minimum:
        return 0x7fffffffu;
    }
    return 0;
}

// Combining two vectors of bits.
UNLOOP_FUNCTION(REAL) reduce_sum(REAL a, REAL b) { return a + b; }
UNLOOP_FUNCTION(REAL) reduce_product(REAL a, REAL b) { return a * b; }
UNLOOP_FUNCTION(REAL) reduce_maximum(REAL a, REAL b) { return unloop_maximum(a, b); }
UNLOOP_FUNCTION(REAL) reduce_minimum(REAL a, REAL b) { return unloop_minimum(a, b); }
UNLOOP_FUNCTION(REAL) reduce_integer_sum(REAL a, REAL b) { return AS_REAL(AS_UINT(a) + AS_UINT(b)); }
UNLOOP_FUNCTION(REAL) reduce_integer_product(REAL a, REAL b) { return AS_REAL(AS_UINT(a) * AS_UINT(b)); }
UNLOOP_FUNCTION(REAL) reduce_integer_maximum(REAL a, REAL b) { return SELECT(LESS(AS_INT(b), AS_INT(a)), a, b); }
UNLOOP_FUNCTION(REAL) reduce_integer_minimum(REAL a, REAL b) { return SELECT(LESS(AS_INT(a), AS_INT(b)), a, b); }

enum { reduce_lanes = 64, reduce_vectors = reduce_lanes / UNLOOP_WIDTH };

// A vector of which `left` lanes are read and the others, if any, are the start.
UNLOOP_FUNCTION(REAL) reduce_load(const float *p, int64_t left, REAL start) {
    if (left >= UNLOOP_WIDTH) return unloop_load_real(p);
    REAL x = unloop_load_partial(p, (size_t)left);
    return SELECT(LESS(map_lanes(), INT_OF((int32_t)left)), x, start);
}

// The upper part of a vector moved down by so many lanes; what the upper lanes become does not matter.
#if UNLOOP_WIDTH == 16
#    define REDUCE_DOWN_8(x) __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
#    define REDUCE_DOWN_4(x) __builtin_shufflevector(x, x, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7)
#    define REDUCE_DOWN_2(x) __builtin_shufflevector(x, x, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3)
#    define REDUCE_DOWN_1(x) __builtin_shufflevector(x, x, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
#elif UNLOOP_WIDTH == 8
#    define REDUCE_DOWN_8(x) (x)
#    define REDUCE_DOWN_4(x) __builtin_shufflevector(x, x, 4, 5, 6, 7, 4, 5, 6, 7)
#    define REDUCE_DOWN_2(x) __builtin_shufflevector(x, x, 2, 3, 2, 3, 2, 3, 2, 3)
#    define REDUCE_DOWN_1(x) __builtin_shufflevector(x, x, 1, 1, 1, 1, 1, 1, 1, 1)
#else
#    define REDUCE_DOWN_8(x) (x)
#    define REDUCE_DOWN_4(x) (x)
#    define REDUCE_DOWN_2(x) __builtin_shufflevector(x, x, 2, 3, 2, 3)
#    define REDUCE_DOWN_1(x) __builtin_shufflevector(x, x, 1, 1, 1, 1)
#endif

// Combining with the start changes nothing (no lane of a sum is ever -0), so lanes that hold no element may take part
// or be left out.
#define REDUCE_FUNCTIONS(name)                                                                                         \
    /* One vector's lanes, upper half onto lower half. */                                                              \
    static inline float reduce_vector_##name(REAL x) {                                                                 \
        if (UNLOOP_WIDTH > 8) x = reduce_##name(x, REDUCE_DOWN_8(x));                                                  \
        if (UNLOOP_WIDTH > 4) x = reduce_##name(x, REDUCE_DOWN_4(x));                                                  \
        x = reduce_##name(x, REDUCE_DOWN_2(x));                                                                        \
        x = reduce_##name(x, REDUCE_DOWN_1(x));                                                                        \
        return x[0];                                                                                                   \
    }                                                                                                                  \
    /* All lanes, likewise. */                                                                                         \
    static inline float reduce_lanes_##name(REAL *lanes) {                                                             \
        _Pragma("clang loop unroll(full)") for (int half = reduce_vectors / 2; half > 0; half /= 2) {                  \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < half; v++) {                                        \
                lanes[v] = reduce_##name(lanes[v], lanes[v + half]);                                                   \
            }                                                                                                          \
        }                                                                                                              \
        return reduce_vector_##name(lanes[0]);                                                                         \
    }                                                                                                                  \
    static inline float reduce_line_##name(const float *source, int64_t length, REAL start) {                          \
        if (length <= UNLOOP_WIDTH) {                                                                                  \
            return reduce_vector_##name(reduce_##name(start, reduce_load(source, length, start)));                     \
        }                                                                                                              \
        REAL lanes[reduce_vectors];                                                                                    \
        int64_t i = 0;                                                                                                 \
        for (int v = 0; v < reduce_vectors; v++) lanes[v] = start;                                                     \
        for (; i + reduce_lanes <= length; i += reduce_lanes) {                                                        \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < reduce_vectors; v++) {                              \
                lanes[v] = reduce_##name(lanes[v], unloop_load_real(source + i + v * UNLOOP_WIDTH));                   \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < reduce_vectors; v++) {                                  \
            int64_t left = length - i - v * UNLOOP_WIDTH;                                                              \
            if (left <= 0) break;                                                                                      \
            lanes[v] = reduce_##name(lanes[v], reduce_load(source + i + v * UNLOOP_WIDTH, left, start));               \
        }                                                                                                              \
        return reduce_lanes_##name(lanes);                                                                             \
    }                                                                                                                  \
    static void reduce_lines_##name(float *result, const float *source, int64_t stride, int64_t lines, int64_t length, \
                                    REAL start) {                                                                      \
        for (int64_t line = 0; line < lines; line++) {                                                                 \
            result[line] = reduce_line_##name(source + line * stride, length, start);                                  \
        }                                                                                                              \
    }                                                                                                                  \
    static void reduce_rows_##name(float *accumulators, const float *source, int64_t stride, int64_t rows,             \
                                   int64_t count) {                                                                    \
        int64_t j = 0;                                                                                                 \
        for (; j + 4 * UNLOOP_WIDTH <= count; j += 4 * UNLOOP_WIDTH) {                                                 \
            float *a = accumulators + j;                                                                               \
            const float *row = source + j;                                                                             \
            REAL a0 = unloop_load_real(a), a1 = unloop_load_real(a + UNLOOP_WIDTH);                                    \
            REAL a2 = unloop_load_real(a + 2 * UNLOOP_WIDTH), a3 = unloop_load_real(a + 3 * UNLOOP_WIDTH);             \
            for (int64_t r = 0; r < rows; r++, row += stride) {                                                        \
                a0 = reduce_##name(a0, unloop_load_real(row));                                                         \
                a1 = reduce_##name(a1, unloop_load_real(row + UNLOOP_WIDTH));                                          \
                a2 = reduce_##name(a2, unloop_load_real(row + 2 * UNLOOP_WIDTH));                                      \
                a3 = reduce_##name(a3, unloop_load_real(row + 3 * UNLOOP_WIDTH));                                      \
            }                                                                                                          \
            unloop_store_real(a, a0);                                                                                  \
            unloop_store_real(a + UNLOOP_WIDTH, a1);                                                                   \
            unloop_store_real(a + 2 * UNLOOP_WIDTH, a2);                                                               \
            unloop_store_real(a + 3 * UNLOOP_WIDTH, a3);                                                               \
        }                                                                                                              \
        for (; j < count; j += UNLOOP_WIDTH) {                                                                         \
            const size_t left = (size_t)(count - j);                                                                   \
            const float *row = source + j;                                                                             \
            REAL a = map_load(accumulators + j, SIZE_MAX, 0, left);                                                    \
            for (int64_t r = 0; r < rows; r++, row += stride) {                                                        \
                a = reduce_##name(a, map_load(row, SIZE_MAX, 0, left));                                                \
            }                                                                                                          \
            map_store(accumulators + j, a, left);                                                                      \
        }                                                                                                              \
    }

REDUCE_FUNCTIONS(sum)
REDUCE_FUNCTIONS(product)
REDUCE_FUNCTIONS(maximum)
REDUCE_FUNCTIONS(minimum)
REDUCE_FUNCTIONS(integer_sum)
REDUCE_FUNCTIONS(integer_product)
REDUCE_FUNCTIONS(integer_maximum)
REDUCE_FUNCTIONS(integer_minimum)

#define REDUCE_CASES(function, ...)                                                                                    \
    switch (reduction) {                                                                                               \
    case unloop_reduction_sum:                                                                                         \
        reduce_##function##_sum(__VA_ARGS__);                                                                          \
        break;                                                                                                         \
    case unloop_reduction_product:                                                                                     \
        reduce_##function##_product(__VA_ARGS__);                                                                      \
        break;                                                                                                         \
    case unloop_reduction_maximum:                                                                                     \
        reduce_##function##_maximum(__VA_ARGS__);                                                                      \
        break;                                                                                                         \
    case unloop_reduction_minimum:                                                                                     \
        reduce_##function##_minimum(__VA_ARGS__);                                                                      \
        break;                                                                                                         \
    case unloop_reduction_integer_sum:                                                                                 \
        reduce_##function##_integer_sum(__VA_ARGS__);                                                                  \
        break;                                                                                                         \
    case unloop_reduction_integer_product:                                                                             \
        reduce_##function##_integer_product(__VA_ARGS__);                                                              \
        break;                                                                                                         \
    case unloop_reduction_integer_maximum:                                                                             \
        reduce_##function##_integer_maximum(__VA_ARGS__);                                                              \
        break;                                                                                                         \
    case unloop_reduction_integer_minimum:                                                                             \
        reduce_##function##_integer_minimum(__VA_ARGS__);                                                              \
        break;                                                                                                         \
    }

static void reduce_lines(enum unloop_reduction reduction, uint32_t *result, const uint32_t *source, int64_t stride,
                         int64_t lines, int64_t length) {
    const REAL start = AS_REAL(UINT_OF(reduce_start(reduction)));
    REDUCE_CASES(lines, (float *)result, (const float *)source, stride, lines, length, start)
}

static void reduce_rows(enum unloop_reduction reduction, uint32_t *accumulators, const uint32_t *source, int64_t stride,
                        int64_t rows, int64_t count){
    REDUCE_CASES(rows, (float *)accumulators, (const float *)source, stride, rows, count)}

// Whether x comes before everything found so far, for each lane. NaN comes first.
UNLOOP_FUNCTION(INT) reduce_precedes(enum unloop_reduction reduction, REAL x, REAL best) {
    switch (reduction) {
    case unloop_reduction_maximum:
        return LESS(best, x) | (NOT_EQUAL(x, x) & EQUAL(best, best));
    case unloop_reduction_minimum:
        return LESS(x, best) | (NOT_EQUAL(x, x) & EQUAL(best, best));
    case unloop_reduction_integer_maximum:
        return LESS(AS_INT(best), AS_INT(x));
    default:
        return LESS(AS_INT(x), AS_INT(best));
    }
}

static void reduce_search(enum unloop_reduction reduction, uint32_t *best, int32_t *index, const uint32_t *source,
                          int64_t first, int64_t length) {
    // The best of this part, then its first position.
    uint32_t bits;
    reduce_lines(reduction, &bits, source, 0, 1, length);
    const bool real = reduction == unloop_reduction_maximum || reduction == unloop_reduction_minimum;
    const REAL value = AS_REAL(UINT_OF(bits));
    if (*index >= 0 && reduce_precedes(reduction, value, AS_REAL(UINT_OF(*best)))[0] == 0) return;
    *best = bits;
    for (int64_t i = 0; i < length; i += UNLOOP_WIDTH) {
        const int64_t left = length - i < UNLOOP_WIDTH ? length - i : UNLOOP_WIDTH;
        const REAL x = map_load((const float *)source + i, SIZE_MAX, 0, (size_t)(length - i));
        const INT found =
            real ? EQUAL(x, value) | (NOT_EQUAL(x, x) & NOT_EQUAL(value, value)) : EQUAL(AS_INT(x), AS_INT(value));
        if (!ANY(found)) continue;
        for (int64_t lane = 0; lane < left; lane++) {
            if (found[lane]) {
                *index = (int32_t)(first + i + lane);
                return;
            }
        }
    }
}

static void reduce_search_lines(enum unloop_reduction reduction, int32_t *index, const uint32_t *source, int64_t stride,
                                int64_t lines, int64_t length) {
    for (int64_t line = 0; line < lines; line++) {
        uint32_t best = 0;
        index[line] = -1;
        reduce_search(reduction, &best, index + line, source + line * stride, 0, length);
    }
}

static inline __attribute__((always_inline)) void reduce_search_columns(enum unloop_reduction reduction, uint32_t *best,
                                                                        int32_t *index, const uint32_t *source,
                                                                        int64_t stride, int64_t first, int64_t rows,
                                                                        int64_t count) {
    for (int64_t j = 0; j < count; j += UNLOOP_WIDTH) {
        const size_t left = (size_t)(count - j);
        REAL b = map_load((const float *)best + j, SIZE_MAX, 0, left);
        REAL at = map_load((const float *)index + j, SIZE_MAX, 0, left);
        const float *row = (const float *)source + j;
        for (int64_t r = 0; r < rows; r++, row += stride) {
            const REAL x = map_load(row, SIZE_MAX, 0, left);
            INT take = reduce_precedes(reduction, x, b);
            if (first + r == 0) take = INT_OF(-1);
            b = SELECT(take, x, b);
            at = SELECT(take, AS_REAL(INT_OF((int32_t)(first + r))), at);
        }
        map_store((float *)best + j, b, left);
        map_store((float *)index + j, at, left);
    }
}

static void reduce_search_rows(enum unloop_reduction reduction, uint32_t *best, int32_t *index, const uint32_t *source,
                               int64_t stride, int64_t first, int64_t rows, int64_t count) {
    switch (reduction) {
    case unloop_reduction_maximum:
        reduce_search_columns(unloop_reduction_maximum, best, index, source, stride, first, rows, count);
        break;
    case unloop_reduction_minimum:
        reduce_search_columns(unloop_reduction_minimum, best, index, source, stride, first, rows, count);
        break;
    case unloop_reduction_integer_maximum:
        reduce_search_columns(unloop_reduction_integer_maximum, best, index, source, stride, first, rows, count);
        break;
    default:
        reduce_search_columns(unloop_reduction_integer_minimum, best, index, source, stride, first, rows, count);
        break;
    }
}

// One addition after the other, from the first (last, when reversed) element on.
#define REDUCE_SCAN(name, type)                                                                                        \
    static void reduce_scan_##name(bool reversed, type *result, const type *source, int64_t length, int64_t inner) {   \
        const int64_t step = reversed ? -inner : inner;                                                                \
        int64_t at = reversed ? (length - 1) * inner : 0;                                                              \
        memcpy(result + at, source + at, (size_t)inner * sizeof(type));                                                \
        if (inner == 1) {                                                                                              \
            type sum = source[at];                                                                                     \
            for (int64_t position = 1; position < length; position++) {                                                \
                at += step;                                                                                            \
                sum += source[at];                                                                                     \
                result[at] = sum;                                                                                      \
            }                                                                                                          \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t position = 1; position < length; position++) {                                                    \
            const type *before = result + at;                                                                          \
            at += step;                                                                                                \
            for (int64_t j = 0; j < inner; j++) result[at + j] = before[j] + source[at + j];                           \
        }                                                                                                              \
    }

REDUCE_SCAN(real, float)
REDUCE_SCAN(integer, uint32_t)

static void reduce_scan(bool integer, bool reversed, uint32_t *result, const uint32_t *source, int64_t length,
                        int64_t inner) {
    if (length <= 0) return;
    if (integer) {
        reduce_scan_integer(reversed, result, source, length, inner);
    } else {
        reduce_scan_real(reversed, (float *)result, (const float *)source, length, inner);
    }
}

#define UNLOOP_REDUCE_KERNELS                                                                                          \
    {                                                                                                                  \
        .start = reduce_start, .lines = reduce_lines, .rows = reduce_rows, .search = reduce_search,                    \
        .search_lines = reduce_search_lines, .search_rows = reduce_search_rows, .scan = reduce_scan                    \
    }
