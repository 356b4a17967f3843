// Matrix times vector: y[o] = sum over k of x[k] M[o, k], each sum the chain of blocks that the numerics contract
// states.
//
// Sums of different outputs run side by side in the lanes of vectors. Where outputs are contiguous in memory that needs
// nothing more; where k is, squares of UNLOOP_WIDTH outputs by UNLOOP_WIDTH k are transposed in registers. A few long
// rows (a dot product) have too few outputs for that, so there the lanes hold different blocks of one sum.

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
        for (int i = 0; i < UNLOOP_WIDTH; i++) {
            float part[UNLOOP_WIDTH] = {0};
            for (int64_t j = 0; j < count; j++) part[j] = rows[i][k + j];
            square[i] = unloop_load_real(part);
        }
    }
    product_transpose_square(square);
}

// One block of the sums of UNLOOP_WIDTH rows with the same x.
UNLOOP_FUNCTION(REAL) product_row_sums(const float *const *rows, const float *x, int64_t length) {
    REAL sums = REAL_OF(0.0f);
    int64_t k = 0;
    for (; k + UNLOOP_WIDTH <= length; k += UNLOOP_WIDTH) {
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
    for (; o < o1; o += 2 * UNLOOP_WIDTH) {
        // Two groups of rows at a time hide the latency of each other's chains. Rows past the end repeat the last.
        const float *rows[2 * UNLOOP_WIDTH];
        for (int i = 0; i < 2 * UNLOOP_WIDTH; i++) rows[i] = m + (o + i < o1 ? o + i : o1 - 1) * stride;
        const int groups = o1 - o > UNLOOP_WIDTH ? 2 : 1;
        REAL totals[2] = {REAL_OF(0.0f), REAL_OF(0.0f)};
        for (int64_t p = 0; p < k; p += UNLOOP_PRODUCT_BLOCK) {
            const int64_t length = k - p < UNLOOP_PRODUCT_BLOCK ? k - p : UNLOOP_PRODUCT_BLOCK;
            float copied[UNLOOP_PRODUCT_BLOCK];
            const float *part = x + p;
            if (x_stride != 1) {
                for (int64_t i = 0; i < length; i++) copied[i] = x[(p + i) * x_stride];
                part = copied;
            }
            for (int g = 0; g < groups; g++) {
                REAL sums = product_row_sums(rows + g * UNLOOP_WIDTH, part, length);
                totals[g] = p == 0 ? sums : totals[g] + sums;
            }
            for (int i = 0; i < groups * UNLOOP_WIDTH; i++) rows[i] += length;
        }
        float results[2 * UNLOOP_WIDTH];
        unloop_store_real(results, totals[0]);
        unloop_store_real(results + UNLOOP_WIDTH, totals[1]);
        const int64_t count = o1 - o < 2 * UNLOOP_WIDTH ? o1 - o : 2 * UNLOOP_WIDTH;
        for (int64_t i = 0; i < count; i++) y[o + i] = results[i];
    }
}

// Outputs o0 ..< o1 where outputs are contiguous and k of M lies at m + k * stride.
static void product_vector_columns(int64_t k, int64_t o0, int64_t o1, const float *m, int64_t stride, const float *x,
                                   int64_t x_stride, float *y) {
    enum { chunk = 2048 };
    float sums[chunk];
    for (int64_t o = o0; o < o1; o += chunk) {
        const int64_t count = o1 - o < chunk ? o1 - o : chunk;
        if (k == 0) memset(y + o, 0, (size_t)count * sizeof(float));
        for (int64_t p = 0; p < k; p += UNLOOP_PRODUCT_BLOCK) {
            const int64_t end = k - p < UNLOOP_PRODUCT_BLOCK ? k : p + UNLOOP_PRODUCT_BLOCK;
            memset(sums, 0, (size_t)count * sizeof(float));
            int64_t q = p;
            for (; q + 4 <= end; q += 4) {
                const float *r0 = m + q * stride + o, *r1 = r0 + stride, *r2 = r1 + stride, *r3 = r2 + stride;
                const float x0 = x[q * x_stride], x1 = x[(q + 1) * x_stride], x2 = x[(q + 2) * x_stride],
                            x3 = x[(q + 3) * x_stride];
                int64_t i = 0;
                for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) {
                    REAL sum = unloop_load_real(sums + i);
                    sum = FMA(REAL_OF(x0), unloop_load_real(r0 + i), sum);
                    sum = FMA(REAL_OF(x1), unloop_load_real(r1 + i), sum);
                    sum = FMA(REAL_OF(x2), unloop_load_real(r2 + i), sum);
                    sum = FMA(REAL_OF(x3), unloop_load_real(r3 + i), sum);
                    unloop_store_real(sums + i, sum);
                }
                for (; i < count; i++) {
                    float sum = product_fma(x0, r0[i], sums[i]);
                    sum = product_fma(x1, r1[i], sum);
                    sum = product_fma(x2, r2[i], sum);
                    sums[i] = product_fma(x3, r3[i], sum);
                }
            }
            for (; q < end; q++) {
                const float *row = m + q * stride + o;
                const float factor = x[q * x_stride];
                int64_t i = 0;
                for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH)
                    unloop_store_real(sums + i,
                                      FMA(REAL_OF(factor), unloop_load_real(row + i), unloop_load_real(sums + i)));
                for (; i < count; i++) sums[i] = product_fma(factor, row[i], sums[i]);
            }
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

// Outputs o0 ..< o1 of such a product.
static void product_vector(const unloop_product *p, int64_t o0, int64_t o1) {
    if (p->m == 1) {
        if (p->b_n == 1 && (p->b_k != 1 || p->n > 1))
            product_vector_columns(p->k, o0, o1, p->b, p->b_k, p->a, p->a_k, p->c);
        else
            product_vector_rows(p->k, o0, o1, p->b, p->b_n, p->a, p->a_k, p->c);
    } else if (p->a_k == 1) {
        product_vector_rows(p->k, o0, o1, p->a, p->a_row, p->b, p->b_k, p->c);
    } else {
        product_vector_columns(p->k, o0, o1, p->a, p->a_k, p->b, p->b_k, p->c);
    }
}
