// A product of matrices c = a b in tiles that a work-group shares, for GPUs; follows a file that says where the
// elements of a and b lie.
//
// A work-group of THREAD_ROWS x THREAD_COLUMNS items computes a tile of 4 ROW_QUADS times as many rows and 4
// COLUMN_QUADS times as many columns. It goes through k in steps of DEPTH: while one step, in local memory, is
// multiplied, the next is fetched into registers. An item holds quads of four rows and four columns, the quads spread
// evenly over the tile, so that neighbours read neighbouring local memory.
//
// Layouts:  tile of a  [DEPTH][4 THREAD_ROWS ROW_QUADS + 4]       tile of b  [DEPTH][4 THREAD_COLUMNS COLUMN_QUADS + 4]
// global:   (tiles of rows, tiles of columns, batch x runs) work-groups of one axis
// Parameters: THREAD_ROWS, THREAD_COLUMNS, ROW_QUADS, COLUMN_QUADS, DEPTH (a divisor of 256); A_ALONG_K and B_ALONG_K:
// whether adjacent items fetch adjacent k (1) or adjacent rows or columns (0); A_WIDTH, B_WIDTH and C_WIDTH of
// tile_fetch.cl; KEEPS_TOTALS: whether the sum of the blocks so far stays in registers (1) or in the result (0).
// TileShape.swift says which combinations there are.
//
// The file before gives: ProductLayout, with m, n, k, first_k, runs, run_length and result_step (a run sums
// `run_length` of k, from first_k on, to a result of its own); ARow, AStep, a_row, a_step, a_advance (by DEPTH), a_at;
// BColumn, BStep, b_column, b_step, b_advance, b_at; c_at; and a_base, b_base, c_base for each index of the batch.
//
// Order of additions: Numerics.md. Beyond k, a is -0 and b is +0, whose product changes no sum. After every 256 of k
// the sums are added to the total.

#define BLOCK 256
#define UNROLL __attribute__((opencl_unroll_hint))
#define THREADS (THREAD_ROWS * THREAD_COLUMNS)
#define TILE_ROWS (4 * THREAD_ROWS * ROW_QUADS)
#define TILE_COLUMNS (4 * THREAD_COLUMNS * COLUMN_QUADS)
#define A_STRIDE (TILE_ROWS + 4)
#define B_STRIDE (TILE_COLUMNS + 4)
#define A_FETCHES (TILE_ROWS * DEPTH / A_WIDTH / THREADS)
#define B_FETCHES (TILE_COLUMNS * DEPTH / B_WIDTH / THREADS)

// Which of the `places` along k an item fetches along k, and of which line first. Of four places, 32 items, which run
// together, take two: their elements then go to as many different banks of local memory.
#define LINE_ALONG_K(places) ((places) == 4 && THREADS % 64 == 0 ? item / 64 * 16 + item / 2 % 16 : item / (places))
#define PLACE_ALONG_K(places) ((places) == 4 && THREADS % 64 == 0 ? item / 32 % 2 * 2 + item % 2 : item % (places))

// An item's fetches are those of its A_LINES rows at its A_DEPTHS places along k; line(i) and depth(i) say where in the
// tile.
#if A_ALONG_K
#    define A_LINES A_FETCHES
#    define A_DEPTHS 1
#    define A_LINE(i) (LINE_ALONG_K(DEPTH / A_WIDTH) + (i)*THREADS / (DEPTH / A_WIDTH))
#    define A_DEPTH(i) (PLACE_ALONG_K(DEPTH / A_WIDTH) * A_WIDTH)
#    define A_LAST_LINE (layout.m - 1)
#else
#    define A_LINES (TILE_ROWS / A_WIDTH <= THREADS ? 1 : TILE_ROWS / A_WIDTH / THREADS)
#    define A_DEPTHS (A_FETCHES / A_LINES)
#    define A_LINE(i) ((item + (i)*THREADS) % (TILE_ROWS / A_WIDTH) * A_WIDTH)
#    define A_DEPTH(i) ((item + (i)*A_LINES * THREADS) / (TILE_ROWS / A_WIDTH))
#    define A_LAST_LINE (layout.m - A_WIDTH)
#endif
#if B_ALONG_K
#    define B_LINES B_FETCHES
#    define B_DEPTHS 1
#    define B_LINE(i) (LINE_ALONG_K(DEPTH / B_WIDTH) + (i)*THREADS / (DEPTH / B_WIDTH))
#    define B_DEPTH(i) (PLACE_ALONG_K(DEPTH / B_WIDTH) * B_WIDTH)
#    define B_LAST_LINE (layout.n - 1)
#else
#    define B_LINES (TILE_COLUMNS / B_WIDTH <= THREADS ? 1 : TILE_COLUMNS / B_WIDTH / THREADS)
#    define B_DEPTHS (B_FETCHES / B_LINES)
#    define B_LINE(i) ((item + (i)*THREADS) % (TILE_COLUMNS / B_WIDTH) * B_WIDTH)
#    define B_DEPTH(i) ((item + (i)*B_LINES * THREADS) / (TILE_COLUMNS / B_WIDTH))
#    define B_LAST_LINE (layout.n - B_WIDTH)
#endif

// Stores what a fetch brought: along k, four elements belong to four lines of local memory.
#define PUT(tile, stride, along_k, width, value, line, depth)                                                          \
    {                                                                                                                  \
        __local float *place = (tile) + (depth) * (stride) + (line);                                                   \
        PUT_##width(place, ((along_k) ? (stride) : 1), value)                                                          \
    }
#define PUT_1(place, step, value) place[0] = value;
#define PUT_4(place, step, value)                                                                                      \
    if (step == 1) {                                                                                                   \
        *(__local float4 *)place = value;                                                                              \
    } else {                                                                                                           \
        place[0] = value.x;                                                                                            \
        place[step] = value.y;                                                                                         \
        place[2 * step] = value.z;                                                                                     \
        place[3 * step] = value.w;                                                                                     \
    }
#define PUT_WIDTH(tile, stride, along_k, width, value, line, depth)                                                    \
    PUT(tile, stride, along_k, width, value, line, depth)

// Fetches a step of both operands, from k on, into registers. What lies beyond the end is asked about for the last step
// only: loads within a branch stay there, whereas compilers move others to where their values are used, behind the
// products that they should overlap with.
#define FETCH_STEP(k)                                                                                                  \
    {                                                                                                                  \
        if ((k) + DEPTH <= end) {                                                                                      \
            UNROLL for (int i = 0; i < A_FETCHES; ++i) FETCH_A(i);                                                     \
            UNROLL for (int i = 0; i < B_FETCHES; ++i) FETCH_B(i);                                                     \
        } else {                                                                                                       \
            UNROLL for (int i = 0; i < A_FETCHES; ++i) {                                                               \
                a_next[i] = (AValue)(-0.0f);                                                                           \
                if ((k) + A_DEPTH(i / A_LINES) < end) FETCH_A(i);                                                      \
            }                                                                                                          \
            UNROLL for (int i = 0; i < B_FETCHES; ++i) {                                                               \
                b_next[i] = (BValue)(0.0f);                                                                            \
                if ((k) + B_DEPTH(i / B_LINES) < end) FETCH_B(i);                                                      \
            }                                                                                                          \
        }                                                                                                              \
        UNROLL for (int i = 0; i < A_DEPTHS; ++i) a_advance(&layout, &a_steps[i]);                                     \
        UNROLL for (int i = 0; i < B_DEPTHS; ++i) b_advance(&layout, &b_steps[i]);                                     \
    }
#define FETCH_A(i) a_next[i] = a_at(a, &layout, rows[i % A_LINES], a_steps[i / A_LINES])
#define FETCH_B(i) b_next[i] = b_at(b, &layout, columns[i % B_LINES], b_steps[i / B_LINES])

#define STORE_STEP(half)                                                                                               \
    {                                                                                                                  \
        UNROLL for (int i = 0; i < A_FETCHES; ++i) PUT_WIDTH(a_tile[half], A_STRIDE, A_ALONG_K, A_WIDTH, a_next[i],    \
                                                             A_LINE(i % A_LINES), A_DEPTH(i / A_LINES))                \
            UNROLL for (int i = 0; i < B_FETCHES; ++i) PUT_WIDTH(b_tile[half], B_STRIDE, B_ALONG_K, B_WIDTH,           \
                                                                 b_next[i], B_LINE(i % B_LINES), B_DEPTH(i / B_LINES)) \
    }

// Stores four columns of a row, or adds them to what is there.
static inline void finish_quad(__global float *c, const ProductLayout *layout, int row, int column, float4 sum,
                               bool adds) {
#if C_WIDTH == 4
    if (row < layout->m && column < layout->n) {
        __global float4 *quad = (__global float4 *)(c + c_at(layout, row, column));
        *quad = adds ? *quad + sum : sum;
    }
#else
    const float parts[4] = {sum.x, sum.y, sum.z, sum.w};
    UNROLL for (int part = 0; part < 4; ++part) {
        if (row < layout->m && column + part < layout->n) {
            __global float *element = c + c_at(layout, row, column + part);
            *element = adds ? *element + parts[part] : parts[part];
        }
    }
#endif
}

__kernel __attribute__((reqd_work_group_size(THREADS, 1, 1))) void tile_product(const __global float *restrict a,
                                                                                const __global float *restrict b,
                                                                                __global float *restrict c,
                                                                                ProductLayout layout) {
    __local float a_tile[2][DEPTH * A_STRIDE] __attribute__((aligned(16)));
    __local float b_tile[2][DEPTH * B_STRIDE] __attribute__((aligned(16)));
    const int item = get_local_id(0);
#if THREAD_ROWS % 4 == 0 && THREAD_COLUMNS % 8 == 0
    // Each 32 items, which run together, have four rows and eight columns. Neighbours have the same column, and each 16
    // two rows, so that a load of 16 bytes an item takes few passes over the banks of local memory.
    const int thread_row = item / 32 / (THREAD_COLUMNS / 8) * 4 + item % 32 / 16 * 2 + item % 2;
    const int thread_column = item / 32 % (THREAD_COLUMNS / 8) * 8 + item / 2 % 8;
#else
    const int thread_row = item / THREAD_COLUMNS;
    const int thread_column = item % THREAD_COLUMNS;
#endif
    const int first_row = (int)get_group_id(0) * TILE_ROWS;
    const int first_column = (int)get_group_id(1) * TILE_COLUMNS;
    const int run = (int)get_group_id(2) % layout.runs;
    const int batch = (int)get_group_id(2) / layout.runs;
    a += a_base(&layout, batch);
    b += b_base(&layout, batch);
    c += c_base(&layout, batch) + run * layout.result_step;
    const int start = layout.first_k + run * layout.run_length;
    const int end = min(start + layout.run_length, layout.k);
    // One step even without k, which stores zeros.
    const int steps = max((end - start + DEPTH - 1) / DEPTH, 1);

    // Rows and columns beyond the edge repeat the last one; their sums are not stored.
    ARow rows[A_LINES];
    BColumn columns[B_LINES];
    AStep a_steps[A_DEPTHS];
    BStep b_steps[B_DEPTHS];
    UNROLL for (int i = 0; i < A_LINES; ++i) rows[i] = a_row(&layout, min(first_row + A_LINE(i), A_LAST_LINE));
    UNROLL for (int i = 0; i < B_LINES; ++i) columns[i] = b_column(&layout, min(first_column + B_LINE(i), B_LAST_LINE));
    UNROLL for (int i = 0; i < A_DEPTHS; ++i) a_steps[i] = a_step(&layout, start + A_DEPTH(i));
    UNROLL for (int i = 0; i < B_DEPTHS; ++i) b_steps[i] = b_step(&layout, start + B_DEPTH(i));

    AValue a_next[A_FETCHES];
    BValue b_next[B_FETCHES];
    float4 sums[4 * ROW_QUADS][COLUMN_QUADS];
    UNROLL for (int row = 0; row < 4 * ROW_QUADS; ++row) UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad)
        sums[row][quad] = (float4)(0.0f);
#if KEEPS_TOTALS
    float4 totals[4 * ROW_QUADS][COLUMN_QUADS];
#endif

    FETCH_STEP(start)
    STORE_STEP(0)
    barrier(CLK_LOCAL_MEM_FENCE);
    bool is_first = true;
    for (int step = 0; step < steps; ++step) {
        const bool is_last = step + 1 == steps;
        // Fetch the next step while this one is multiplied.
        if (!is_last) FETCH_STEP(start + (step + 1) * DEPTH)
        const __local float4 *a_here = (const __local float4 *)a_tile[step & 1] + thread_row;
        const __local float4 *b_here = (const __local float4 *)b_tile[step & 1] + thread_column;
        UNROLL for (int depth = 0; depth < DEPTH; ++depth) {
            float4 left[ROW_QUADS], right[COLUMN_QUADS];
            UNROLL for (int quad = 0; quad < ROW_QUADS; ++quad) left[quad] =
                a_here[depth * (A_STRIDE / 4) + quad * THREAD_ROWS];
            UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad) right[quad] =
                b_here[depth * (B_STRIDE / 4) + quad * THREAD_COLUMNS];
            UNROLL for (int quad = 0; quad < ROW_QUADS; ++quad) {
                UNROLL for (int other = 0; other < COLUMN_QUADS; ++other) {
                    sums[4 * quad][other] = fma((float4)(left[quad].x), right[other], sums[4 * quad][other]);
                    sums[4 * quad + 1][other] = fma((float4)(left[quad].y), right[other], sums[4 * quad + 1][other]);
                    sums[4 * quad + 2][other] = fma((float4)(left[quad].z), right[other], sums[4 * quad + 2][other]);
                    sums[4 * quad + 3][other] = fma((float4)(left[quad].w), right[other], sums[4 * quad + 3][other]);
                }
            }
        }
        if ((step + 1) * DEPTH % BLOCK == 0 || is_last) {
            UNROLL for (int row = 0; row < 4 * ROW_QUADS; ++row) {
                UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad) {
#if KEEPS_TOTALS
                    totals[row][quad] = is_first ? sums[row][quad] : totals[row][quad] + sums[row][quad];
#else
                    finish_quad(c, &layout, first_row + (row / 4 * THREAD_ROWS + thread_row) * 4 + row % 4,
                                first_column + (quad * THREAD_COLUMNS + thread_column) * 4, sums[row][quad], !is_first);
#endif
                    sums[row][quad] = (float4)(0.0f);
                }
            }
            is_first = false;
        }
        if (!is_last) STORE_STEP((step + 1) & 1)
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#if KEEPS_TOTALS
    UNROLL for (int row = 0; row < 4 * ROW_QUADS; ++row) {
        UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad) {
            finish_quad(c, &layout, first_row + (row / 4 * THREAD_ROWS + thread_row) * 4 + row % 4,
                        first_column + (quad * THREAD_COLUMNS + thread_column) * 4, totals[row][quad], false);
        }
    }
#endif
}
