// A product of matrices c = a b in tiles that a work-group shares, for GPUs; follows a file that says where the
// elements of a and b lie.
//
// A work-group of THREAD_ROWS x THREAD_COLUMNS items computes a tile of 4 ROW_QUADS times as many rows and 4
// COLUMN_QUADS times as many columns. It goes through k in steps of DEPTH: while one step, in local memory, is
// multiplied, the next is fetched into registers. An item holds quads of four rows and four columns, the quads spread
// evenly over the tile, so that neighbours read neighbouring local memory.
//
// Layouts:  tile of a  [DEPTH][4 THREAD_ROWS ROW_QUADS + 4]       tile of b  [DEPTH][4 THREAD_COLUMNS COLUMN_QUADS + 4]
// global:   (tiles of rows, tiles of columns, batch x runs) work-groups
// Parameters: THREAD_ROWS, THREAD_COLUMNS, ROW_QUADS, COLUMN_QUADS, DEPTH (a divisor of 256), and A_ALONG_K and
// B_ALONG_K: whether adjacent items fetch adjacent k (1) or adjacent rows or columns (0). The number of items is a
// multiple of DEPTH and of the tile's rows and columns.
//
// The file before gives: ProductLayout, with m, n, k, first_k, runs, run_length and result_step (a run sums
// `run_length` of k, from first_k on, to a result of its own); ARow, AStep, a_row, a_step, a_at; BColumn, BStep,
// b_column, b_step, b_at; c_at; and a_base, b_base, c_base for each index of the batch.
//
// Order of additions: Numerics.md. Beyond k, a is -0 and b is +0, whose product changes no sum. After every 256 of k
// the sums are added to the result, which each item reads and writes for itself.

#pragma OPENCL FP_CONTRACT OFF

#define BLOCK 256
#define UNROLL __attribute__((opencl_unroll_hint))
#define THREADS (THREAD_ROWS * THREAD_COLUMNS)
#define TILE_ROWS (4 * THREAD_ROWS * ROW_QUADS)
#define TILE_COLUMNS (4 * THREAD_COLUMNS * COLUMN_QUADS)
#define A_STEP (TILE_ROWS / 4 + 1)
#define B_STEP (TILE_COLUMNS / 4 + 1)
#define A_FETCHES (TILE_ROWS * DEPTH / THREADS)
#define B_FETCHES (TILE_COLUMNS * DEPTH / THREADS)

// Which element of a tile an item's fetch number `i` is.
#if A_ALONG_K
#    define A_LINE(i) ((item + (i)*THREADS) / DEPTH)
#    define A_DEPTH(i) (item % DEPTH)
#    define A_ROWS A_FETCHES
#else
#    define A_LINE(i) (item % TILE_ROWS)
#    define A_DEPTH(i) ((item + (i)*THREADS) / TILE_ROWS)
#    define A_ROWS 1
#endif
#if B_ALONG_K
#    define B_LINE(i) ((item + (i)*THREADS) / DEPTH)
#    define B_DEPTH(i) (item % DEPTH)
#    define B_COLUMNS B_FETCHES
#else
#    define B_LINE(i) (item % TILE_COLUMNS)
#    define B_DEPTH(i) ((item + (i)*THREADS) / TILE_COLUMNS)
#    define B_COLUMNS 1
#endif

__kernel __attribute__((reqd_work_group_size(THREAD_COLUMNS, THREAD_ROWS, 1))) void
tile_product(const __global float *restrict a, const __global float *restrict b, __global float *restrict c,
             ProductLayout layout) {
    __local float4 a_tile[2][DEPTH * A_STEP];
    __local float4 b_tile[2][DEPTH * B_STEP];
    const int thread_row = get_local_id(1);
    const int thread_column = get_local_id(0);
    const int item = thread_row * THREAD_COLUMNS + thread_column;
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
    ARow rows[A_ROWS];
    BColumn columns[B_COLUMNS];
    UNROLL for (int i = 0; i < A_ROWS; ++i) rows[i] = a_row(&layout, min(first_row + A_LINE(i), layout.m - 1));
    UNROLL for (int i = 0; i < B_COLUMNS; ++i) columns[i] =
        b_column(&layout, min(first_column + B_LINE(i), layout.n - 1));

    float a_next[A_FETCHES], b_next[B_FETCHES];
    float4 sums[4 * ROW_QUADS][COLUMN_QUADS];
    UNROLL for (int row = 0; row < 4 * ROW_QUADS; ++row) UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad)
        sums[row][quad] = (float4)(0.0f);

    bool is_first = true;
    for (int step = -1; step < steps; ++step) {
        // Fetch the next step, then multiply this one.
        if (step + 1 < steps) {
            const int k = start + (step + 1) * DEPTH;
#if A_ALONG_K
            const bool has_a = k + A_DEPTH(0) < end;
            const AStep a_place = a_step(&layout, has_a ? k + A_DEPTH(0) : 0);
            UNROLL for (int i = 0; i < A_FETCHES; ++i) a_next[i] = has_a ? a_at(a, &layout, rows[i], a_place) : -0.0f;
#else
            UNROLL for (int i = 0; i < A_FETCHES; ++i) {
                const bool has_a = k + A_DEPTH(i) < end;
                a_next[i] = has_a ? a_at(a, &layout, rows[0], a_step(&layout, k + A_DEPTH(i))) : -0.0f;
            }
#endif
#if B_ALONG_K
            const bool has_b = k + B_DEPTH(0) < end;
            const BStep b_place = b_step(&layout, has_b ? k + B_DEPTH(0) : 0);
            UNROLL for (int i = 0; i < B_FETCHES; ++i) b_next[i] = has_b ? b_at(b, &layout, columns[i], b_place) : 0.0f;
#else
            UNROLL for (int i = 0; i < B_FETCHES; ++i) {
                const bool has_b = k + B_DEPTH(i) < end;
                b_next[i] = has_b ? b_at(b, &layout, columns[0], b_step(&layout, k + B_DEPTH(i))) : 0.0f;
            }
#endif
        }
        if (step >= 0) {
            const __local float4 *a_here = a_tile[step & 1] + thread_row;
            const __local float4 *b_here = b_tile[step & 1] + thread_column;
            UNROLL for (int depth = 0; depth < DEPTH; ++depth) {
                float4 left[ROW_QUADS], right[COLUMN_QUADS];
                UNROLL for (int quad = 0; quad < ROW_QUADS; ++quad) left[quad] =
                    a_here[depth * A_STEP + quad * THREAD_ROWS];
                UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad) right[quad] =
                    b_here[depth * B_STEP + quad * THREAD_COLUMNS];
                UNROLL for (int quad = 0; quad < ROW_QUADS; ++quad) {
                    UNROLL for (int other = 0; other < COLUMN_QUADS; ++other) {
                        sums[4 * quad][other] = fma((float4)(left[quad].x), right[other], sums[4 * quad][other]);
                        sums[4 * quad + 1][other] =
                            fma((float4)(left[quad].y), right[other], sums[4 * quad + 1][other]);
                        sums[4 * quad + 2][other] =
                            fma((float4)(left[quad].z), right[other], sums[4 * quad + 2][other]);
                        sums[4 * quad + 3][other] =
                            fma((float4)(left[quad].w), right[other], sums[4 * quad + 3][other]);
                    }
                }
            }
            if ((step + 1) * DEPTH % BLOCK == 0 || step + 1 == steps) {
                UNROLL for (int row = 0; row < 4 * ROW_QUADS; ++row) {
                    const int at_row = first_row + (row / 4 * THREAD_ROWS + thread_row) * 4 + row % 4;
                    UNROLL for (int quad = 0; quad < COLUMN_QUADS; ++quad) {
                        const int at_column = first_column + (quad * THREAD_COLUMNS + thread_column) * 4;
                        const float parts[4] = {sums[row][quad].x, sums[row][quad].y, sums[row][quad].z,
                                                sums[row][quad].w};
                        if (at_row < layout.m) {
                            UNROLL for (int part = 0; part < 4; ++part) {
                                if (at_column + part < layout.n) {
                                    __global float *element = c + c_at(&layout, at_row, at_column + part);
                                    *element = is_first ? parts[part] : *element + parts[part];
                                }
                            }
                        }
                        sums[row][quad] = (float4)(0.0f);
                    }
                }
                is_first = false;
            }
        }
        if (step + 1 < steps) {
            __local float *a_there = (__local float *)a_tile[(step + 1) & 1];
            __local float *b_there = (__local float *)b_tile[(step + 1) & 1];
            UNROLL for (int i = 0; i < A_FETCHES; ++i) a_there[A_DEPTH(i) * (4 * A_STEP) + A_LINE(i)] = a_next[i];
            UNROLL for (int i = 0; i < B_FETCHES; ++i) b_there[B_DEPTH(i) * (4 * B_STEP) + B_LINE(i)] = b_next[i];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
