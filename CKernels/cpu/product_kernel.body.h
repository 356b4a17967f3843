// Register tiles of a matrix product: `height` rows by `vectors` vectors of C, over one block of k.
//
// The tile's sums live in registers from +0 on, so that a call is one block sum of the numerics contract; it is stored
// into C for the first block and added for the later ones. Axes: B is [k][vectors * UNLOOP_WIDTH], A either [row][k]
// (`rows`), [k][row] (`columns`), or a pointer to the rows for each k (`pointers`, from a_stride on); the distances of
// the outer axes are arguments, and k may run on elsewhere in A, so that packed operands and operands in place are read
// alike. Parameters: TILE_ROWS, and TILE_VECTORS = 2, set so that sums, a row of B and one broadcast element of A fill
// the register file; every smaller height exists too, so edges waste no rows. The scheme is that of F. Van Zee and R.
// van de Geijn, "BLIS: A Framework for Rapidly Instantiating BLAS Functionality", ACM TOMS 41 (2015).

#if defined(UNLOOP_ISA_AVX512)
#    define TILE_ROWS 14
#    define EACH_TILE(M, V)                                                                                            \
        M(1, V)                                                                                                        \
        M(2, V) M(3, V) M(4, V) M(5, V) M(6, V) M(7, V) M(8, V) M(9, V) M(10, V) M(11, V) M(12, V) M(13, V) M(14, V)
#elif defined(UNLOOP_ISA_AVX2) || defined(UNLOOP_ISA_NEON)
#    define TILE_ROWS 6
#    define EACH_TILE(M, V) M(1, V) M(2, V) M(3, V) M(4, V) M(5, V) M(6, V)
#else
#    define TILE_ROWS 4
#    define EACH_TILE(M, V) M(1, V) M(2, V) M(3, V) M(4, V)
#endif
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * UNLOOP_WIDTH)
#define TILE_TRIPLES ((TILE_ROWS + 2) / 3)

enum product_layout { PRODUCT_ROWS, PRODUCT_COLUMNS, PRODUCT_POINTERS, PRODUCT_LAYOUTS };

// Terms of a block that follow one another in A, from `offset` on.
typedef struct {
    int64_t offset, length;
} product_run_of_terms;

// The runs of a block, and whether tiles fetch their part of C early, which pays where they are long and C is large.
typedef struct {
    int fetch;
    int64_t count;
    product_run_of_terms run[UNLOOP_PRODUCT_BLOCK];
} product_runs;

typedef void product_tile(const product_runs *runs, const void *a, int64_t a_stride, const float *b, int64_t b_stride,
                          float *c, const int64_t *rows, int64_t columns, int accumulate);

static inline float product_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// Adds to, or overwrites, a part of a row of C.
static void product_store_edge(float *c, const float *sums, int64_t columns, int accumulate) {
    int64_t j = 0;
    for (; j + UNLOOP_WIDTH <= columns; j += UNLOOP_WIDTH) {
        REAL sum = unloop_load_real(sums + j);
        unloop_store_real(c + j, accumulate ? unloop_load_real(c + j) + sum : sum);
    }
    if (j < columns) {
        const size_t rest = (size_t)(columns - j);
        REAL sum = unloop_load_partial(sums + j, rest);
        unloop_store_partial(c + j, accumulate ? unloop_load_partial(c + j, rest) + sum : sum, rest);
    }
}

// Keeps the compiler from replacing a pointer by others: with one for each row it runs out of registers.
#define TILE_KEEP(pointer) __asm__("" : "+r"(pointer))

static inline __attribute__((always_inline)) void
product_tile_sized(const int height, const int vectors, const enum product_layout layout, const product_runs *runs,
                   const void *a, int64_t a_stride, const float *b, int64_t b_stride, float *c, const int64_t *rows,
                   int64_t columns, int accumulate) {
    REAL sums[TILE_ROWS][TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < height; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[i][v] = REAL_OF(0.0f);
    }
    // Where the sums go comes nearer while they are computed: not into the first cache, which the operands fill, and
    // where rows that lie a power of two apart compete for few places.
    if (runs->fetch) {
#pragma clang loop unroll(full)
        for (int i = 0; i < height; i++) {
            __builtin_prefetch(c + rows[i], 1, 2);
            __builtin_prefetch(c + rows[i] + columns - 1, 1, 2);
        }
    }
    for (const product_run_of_terms *run = runs->run; run < runs->run + runs->count; run++) {
        // Each leads to three rows, which are found by adding the stride once or twice.
        const float *left[TILE_TRIPLES];
#pragma clang loop unroll(full)
        for (int t = 0; t < TILE_TRIPLES; t++)
            left[t] = (const float *)a + run->offset + (layout == PRODUCT_ROWS ? 3 * t * a_stride : 0);
#pragma clang loop unroll(disable)
        for (int64_t p = 0; p < run->length; p++) {
            REAL right[TILE_VECTORS];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) right[v] = unloop_load_real(b + v * UNLOOP_WIDTH);
#pragma clang loop unroll(full)
            for (int i = 0; i < height; i++) {
                REAL element = REAL_OF(layout == PRODUCT_ROWS      ? left[i / 3][i % 3 * a_stride]
                                       : layout == PRODUCT_COLUMNS ? left[0][i]
                                                                   : ((const float *const *)a)[p][a_stride + i]);
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) sums[i][v] = FMA(element, right[v], sums[i][v]);
            }
            b += b_stride;
            if (layout == PRODUCT_ROWS) {
#pragma clang loop unroll(full)
                for (int t = 0; t < (height + 2) / 3; t++) {
                    left[t]++;
                    TILE_KEEP(left[t]);
                }
            } else if (layout == PRODUCT_COLUMNS) {
                left[0] += a_stride;
            }
        }
    }
    if (columns == vectors * UNLOOP_WIDTH) {
        if (accumulate) {
#pragma clang loop unroll(full)
            for (int i = 0; i < height; i++) {
                float *row = c + rows[i];
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) {
                    float *place = row + v * UNLOOP_WIDTH;
                    unloop_store_real(place, unloop_load_real(place) + sums[i][v]);
                }
            }
        } else {
#pragma clang loop unroll(full)
            for (int i = 0; i < height; i++) {
                float *row = c + rows[i];
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) unloop_store_real(row + v * UNLOOP_WIDTH, sums[i][v]);
            }
        }
    } else {
        float edge[TILE_ROWS * TILE_COLUMNS];
#pragma clang loop unroll(full)
        for (int i = 0; i < height; i++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) unloop_store_real(edge + (i * vectors + v) * UNLOOP_WIDTH, sums[i][v]);
        }
        for (int i = 0; i < height; i++)
            product_store_edge(c + rows[i], edge + i * vectors * UNLOOP_WIDTH, columns, accumulate);
    }
}

#define TILE_FUNCTION(name, height, vectors, layout)                                                                   \
    static void name(const product_runs *runs, const void *a, int64_t a_stride, const float *b, int64_t b_stride,      \
                     float *c, const int64_t *rows, int64_t columns, int accumulate) {                                 \
        product_tile_sized(height, vectors, layout, runs, a, a_stride, b, b_stride, c, rows, columns, accumulate);     \
    }
#define TILE_FUNCTIONS(height, vectors)                                                                                \
    TILE_FUNCTION(product_tile_rows_##height##_##vectors, height, vectors, PRODUCT_ROWS)                               \
    TILE_FUNCTION(product_tile_columns_##height##_##vectors, height, vectors, PRODUCT_COLUMNS)                         \
    TILE_FUNCTION(product_tile_pointers_##height##_##vectors, height, vectors, PRODUCT_POINTERS)
EACH_TILE(TILE_FUNCTIONS, 1)
EACH_TILE(TILE_FUNCTIONS, 2)

#define TILE_ROWS_ENTRY(height, vectors) product_tile_rows_##height##_##vectors,
#define TILE_COLUMNS_ENTRY(height, vectors) product_tile_columns_##height##_##vectors,
#define TILE_POINTERS_ENTRY(height, vectors) product_tile_pointers_##height##_##vectors,
// [layout of A][vectors - 1][height - 1]
static product_tile *const product_tiles[PRODUCT_LAYOUTS][TILE_VECTORS][TILE_ROWS] = {
    {{EACH_TILE(TILE_ROWS_ENTRY, 1)}, {EACH_TILE(TILE_ROWS_ENTRY, 2)}},
    {{EACH_TILE(TILE_COLUMNS_ENTRY, 1)}, {EACH_TILE(TILE_COLUMNS_ENTRY, 2)}},
    {{EACH_TILE(TILE_POINTERS_ENTRY, 1)}, {EACH_TILE(TILE_POINTERS_ENTRY, 2)}},
};
