// Matrix times vector: y[o] = sum over k of x[k] M[o, k], each sum the chain of blocks that the numerics contract
// states.
//
// Sums of different outputs run side by side in the lanes of vectors. Where outputs are contiguous in memory that needs
// nothing more; where k is, squares of UNLOOP_WIDTH outputs by UNLOOP_WIDTH k are transposed in registers. A few long
// rows (a dot product) have too few outputs for that, so there the lanes hold different blocks of one sum.

// Rows of a matrix that are read at a time where outputs are contiguous.
enum { VECTOR_ROWS = 8 };

// Lane l of the first result takes the pair of columns that differ in bit `bit` of l from the two rows, the second
// result the other pair: one step of a transposition, which log2(width) such steps complete.
#define BUTTERFLY_LOW(l, bit, width) ((l) & (bit) ? (width) + (l) - (bit) : (l))
#define BUTTERFLY_HIGH(l, bit, width) ((l) & (bit) ? (width) + (l) : (l) + (bit))
#if UNLOOP_WIDTH == 4
#    define EACH_LANE(M, bit) M(0, bit, 4), M(1, bit, 4), M(2, bit, 4), M(3, bit, 4)
#elif UNLOOP_WIDTH == 8
#    define EACH_LANE(M, bit)                                                                                          \
        M(0, bit, 8), M(1, bit, 8), M(2, bit, 8), M(3, bit, 8), M(4, bit, 8), M(5, bit, 8), M(6, bit, 8), M(7, bit, 8)
#elif UNLOOP_WIDTH == 16
#    define EACH_LANE(M, bit)                                                                                          \
        M(0, bit, 16), M(1, bit, 16), M(2, bit, 16), M(3, bit, 16), M(4, bit, 16), M(5, bit, 16), M(6, bit, 16),       \
            M(7, bit, 16), M(8, bit, 16), M(9, bit, 16), M(10, bit, 16), M(11, bit, 16), M(12, bit, 16),               \
            M(13, bit, 16), M(14, bit, 16), M(15, bit, 16)
#else
#    error "no transposition for this width"
#endif
#define BUTTERFLY_STEP(rows, bit)                                                                                      \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < UNLOOP_WIDTH; i++) {                                        \
        if (i & (bit)) continue;                                                                                       \
        REAL first = rows[i], second = rows[i + (bit)];                                                                \
        rows[i] = __builtin_shufflevector(first, second, EACH_LANE(BUTTERFLY_LOW, bit));                               \
        rows[i + (bit)] = __builtin_shufflevector(first, second, EACH_LANE(BUTTERFLY_HIGH, bit));                      \
    }

UNLOOP_FUNCTION(void) product_transpose_square(REAL *rows) {
#if UNLOOP_WIDTH >= 16
    BUTTERFLY_STEP(rows, 8)
#endif
#if UNLOOP_WIDTH >= 8
    BUTTERFLY_STEP(rows, 4)
#endif
    BUTTERFLY_STEP(rows, 2)
    BUTTERFLY_STEP(rows, 1)
}

// Elements k ..< k + count of UNLOOP_WIDTH rows, transposed; lanes past the end of a row are not used by the caller.
UNLOOP_FUNCTION(void) product_load_square(REAL *square, const float *const *rows, int64_t k, int64_t count) {
    if (count == UNLOOP_WIDTH) {
#pragma clang loop unroll(full)
        for (int i = 0; i < UNLOOP_WIDTH; i++) square[i] = unloop_load_real(rows[i] + k);
    } else {
#pragma clang loop unroll(full)
        for (int i = 0; i < UNLOOP_WIDTH; i++) square[i] = unloop_load_partial(rows[i] + k, (size_t)count);
    }
    product_transpose_square(square);
}

// One block of the sums of UNLOOP_WIDTH rows with the same x. Meanwhile a block of each of the rows `next` is fetched
// into the second-level cache, row by row, because memory is fast only when it is read in long runs.
UNLOOP_FUNCTION(REAL)
product_row_sums(const float *const *rows, const float *const *next, const float *x, int64_t length) {
    enum { line = 64 / sizeof(float), lines = UNLOOP_PRODUCT_BLOCK / line };
    REAL sums = REAL_OF(0.0f);
    int64_t k = 0;
    for (; k + UNLOOP_WIDTH <= length; k += UNLOOP_WIDTH) {
        // As many lines a step as finish all rows with the block.
        const int64_t first = k * UNLOOP_WIDTH / line;
#pragma clang loop unroll(full)
        for (int i = 0; i < UNLOOP_WIDTH * UNLOOP_WIDTH / line; i++)
            __builtin_prefetch(next[(first + i) / lines] + (first + i) % lines * line, 0, 2);
        REAL square[UNLOOP_WIDTH];
        product_load_square(square, rows, k, UNLOOP_WIDTH);
#pragma clang loop unroll(full)
        for (int i = 0; i < UNLOOP_WIDTH; i++) sums = FMA(REAL_OF(x[k + i]), square[i], sums);
    }
    if (k < length) {
        REAL square[UNLOOP_WIDTH];
        product_load_square(square, rows, k, length - k);
        for (int64_t i = 0; i < length - k; i++) sums = FMA(REAL_OF(x[k + i]), square[i], sums);
    }
    return sums;
}

// The sum of one long row: UNLOOP_WIDTH whole blocks at a time, each in a lane, then the rest.
static float product_row_by_blocks(int64_t k, const float *row, const float *x) {
    float result = 0;
    int64_t p = 0;
    for (; p < k;) {
        if (p + UNLOOP_WIDTH * UNLOOP_PRODUCT_BLOCK <= k) {
            const float *rows[UNLOOP_WIDTH], *vectors[UNLOOP_WIDTH];
            for (int i = 0; i < UNLOOP_WIDTH; i++) {
                rows[i] = row + p + i * UNLOOP_PRODUCT_BLOCK;
                vectors[i] = x + p + i * UNLOOP_PRODUCT_BLOCK;
            }
            REAL sums = REAL_OF(0.0f);
            for (int64_t q = 0; q < UNLOOP_PRODUCT_BLOCK; q += UNLOOP_WIDTH) {
                REAL left[UNLOOP_WIDTH], right[UNLOOP_WIDTH];
                product_load_square(left, rows, q, UNLOOP_WIDTH);
                product_load_square(right, vectors, q, UNLOOP_WIDTH);
#pragma clang loop unroll(full)
                for (int i = 0; i < UNLOOP_WIDTH; i++) sums = FMA(left[i], right[i], sums);
            }
            for (int i = 0; i < UNLOOP_WIDTH; i++) result = p + i == 0 ? sums[i] : result + sums[i];
            p += UNLOOP_WIDTH * UNLOOP_PRODUCT_BLOCK;
        } else {
            const int64_t length = k - p < UNLOOP_PRODUCT_BLOCK ? k - p : UNLOOP_PRODUCT_BLOCK;
            float sum = 0;
            for (int64_t q = p; q < p + length; q++) sum = product_fma(row[q], x[q], sum);
            result = p == 0 ? sum : result + sum;
            p += length;
        }
    }
    return result;
}

// Outputs o0 ..< o1 where row o of M begins at m + o * stride and its k are contiguous.
static void product_vector_rows(int64_t k, int64_t o0, int64_t o1, const float *m, int64_t stride, const float *x,
                                int64_t x_stride, float *y) {
    int64_t o = o0;
    if (x_stride == 1 && o1 - o0 < UNLOOP_WIDTH / 2 && k >= UNLOOP_WIDTH * UNLOOP_PRODUCT_BLOCK)
        for (; o < o1; o++) y[o] = product_row_by_blocks(k, m + o * stride, x);
    for (; o < o1; o += UNLOOP_WIDTH) {
        // Rows past the end repeat the last.
        const float *rows[UNLOOP_WIDTH], *next[UNLOOP_WIDTH];
        for (int i = 0; i < UNLOOP_WIDTH; i++) rows[i] = m + (o + i < o1 ? o + i : o1 - 1) * stride;
        REAL totals = REAL_OF(0.0f);
        for (int64_t p = 0; p < k; p += UNLOOP_PRODUCT_BLOCK) {
            const int64_t length = k - p < UNLOOP_PRODUCT_BLOCK ? k - p : UNLOOP_PRODUCT_BLOCK;
            const int64_t following = p + length < k ? length : UNLOOP_WIDTH * stride - p;
            float copied[UNLOOP_PRODUCT_BLOCK];
            const float *part = x + p;
            if (x_stride != 1) {
                for (int64_t i = 0; i < length; i++) copied[i] = x[(p + i) * x_stride];
                part = copied;
            }
            for (int i = 0; i < UNLOOP_WIDTH; i++) next[i] = rows[i] + following;
            const REAL sums = product_row_sums(rows, next, part, length);
            totals = p == 0 ? sums : totals + sums;
            for (int i = 0; i < UNLOOP_WIDTH; i++) rows[i] += length;
        }
        if (o1 - o >= UNLOOP_WIDTH)
            unloop_store_real(y + o, totals);
        else
            unloop_store_partial(y + o, totals, (size_t)(o1 - o));
    }
}

// Adds `rows` rows of M, `stride` apart, times the elements of x to `count` sums.
UNLOOP_FUNCTION(void)
product_vector_add_rows(const int rows, int64_t count, const float *m, int64_t stride, const float *x, int64_t x_stride,
                        float *sums) {
    float factors[VECTOR_ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) factors[r] = x[r * x_stride];
    int64_t i = 0;
    for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) {
        REAL sum = unloop_load_real(sums + i);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum = FMA(REAL_OF(factors[r]), unloop_load_real(m + r * stride + i), sum);
        unloop_store_real(sums + i, sum);
    }
    for (; i < count; i++) {
        float sum = sums[i];
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) sum = product_fma(factors[r], m[r * stride + i], sum);
        sums[i] = sum;
    }
}

// One block of k of `count` outputs, where outputs are contiguous and k of M lies at m + k * stride.
static void product_vector_column_sums(int64_t length, int64_t count, const float *m, int64_t stride, const float *x,
                                       int64_t x_stride, float *sums) {
    memset(sums, 0, (size_t)count * sizeof(float));
    int64_t q = 0;
    for (; q + VECTOR_ROWS <= length; q += VECTOR_ROWS)
        product_vector_add_rows(VECTOR_ROWS, count, m + q * stride, stride, x + q * x_stride, x_stride, sums);
    for (; q < length; q++) product_vector_add_rows(1, count, m + q * stride, stride, x + q * x_stride, x_stride, sums);
}

// Outputs o0 ..< o1 of such a product.
static void product_vector_columns(int64_t k, int64_t o0, int64_t o1, const float *m, int64_t stride, const float *x,
                                   int64_t x_stride, float *y) {
    enum { chunk = 2048 };
    float sums[chunk];
    for (int64_t o = o0; o < o1; o += chunk) {
        const int64_t count = o1 - o < chunk ? o1 - o : chunk;
        for (int64_t p = 0; p < k; p += UNLOOP_PRODUCT_BLOCK) {
            const int64_t length = k - p < UNLOOP_PRODUCT_BLOCK ? k - p : UNLOOP_PRODUCT_BLOCK;
            product_vector_column_sums(length, count, m + p * stride + o, stride, x + p * x_stride, x_stride, sums);
            product_store_edge(y + o, sums, count, p > 0);
        }
    }
}

// Whether the product is a matrix times a vector that `product_vector` takes.
static int product_is_vector(const unloop_product *p) {
    if (p->operand != UNLOOP_OPERAND_STRIDED || p->c_grid_width != 0 || p->b_inner < p->k) return 0;
    if (p->m == 1) return p->b_n == 1 || p->b_k == 1;
    return p->n == 1 && p->c_row == 1 && (p->a_row == 1 || p->a_k == 1);
}

// Whether the outputs of such a product are contiguous in its matrix, so that k is cut better than they.
static int product_vector_is_wide(const unloop_product *p) {
    return p->m == 1 ? p->b_n == 1 && (p->b_k != 1 || p->n > 1) : p->a_k != 1;
}

// Outputs o0 ..< o1 of such a product.
static void product_vector(const unloop_product *p, int64_t o0, int64_t o1) {
    const int wide = product_vector_is_wide(p);
    if (p->m == 1) {
        if (wide)
            product_vector_columns(p->k, o0, o1, p->b, p->b_k, p->a, p->a_k, p->c);
        else
            product_vector_rows(p->k, o0, o1, p->b, p->b_n, p->a, p->a_k, p->c);
    } else if (wide) {
        product_vector_columns(p->k, o0, o1, p->a, p->a_k, p->b, p->b_k, p->c);
    } else {
        product_vector_rows(p->k, o0, o1, p->a, p->a_row, p->b, p->b_k, p->c);
    }
}

// The block of k that begins at k0 of the outputs o0 ..< o1 of a wide one, to `sums`.
static void product_vector_block(const unloop_product *p, int64_t k0, int64_t o0, int64_t o1, float *sums) {
    const int64_t length = p->k - k0 < UNLOOP_PRODUCT_BLOCK ? p->k - k0 : UNLOOP_PRODUCT_BLOCK;
    if (p->m == 1)
        product_vector_column_sums(length, o1 - o0, p->b + k0 * p->b_k + o0, p->b_k, p->a + k0 * p->a_k, p->a_k, sums);
    else
        product_vector_column_sums(length, o1 - o0, p->a + k0 * p->a_k + o0, p->a_k, p->b + k0 * p->b_k, p->b_k, sums);
}
