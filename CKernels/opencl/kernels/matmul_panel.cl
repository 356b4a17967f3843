// Matrix products c[b] = a[b] b[b] for devices that are CPUs; follows panel.cl.
//
//   a   element (i, k) at a_offset + i * a_row + k * a_k
//   b   element (k, j) at b_offset + k * b_k + j * b_column, or packed by pack_columns
//   c   element (i, j) at c_offset + i * c_row + j * c_column
//
// A batch has up to four axes; `batch_shape` gives their sizes, and each operand has its own strides.
// global (tiles of columns, tiles of rows, batch); a tile is `row_panels` x `column_panels` panels.

typedef struct {
    long batch_shape[4];
    long a_batch[4];
    long b_batch[4];
    long c_batch[4];
    long m, n, k;
    long a_offset, a_row, a_k;
    long b_offset, b_k, b_column;
    long c_offset, c_row, c_column;
    long row_panels, column_panels;
} MatmulLayout;

// B packed beforehand, which pays when many panels of rows use it. Its batch strides count packed matrices.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_packed(const __global float *restrict a,
                                                                           const __global float *restrict b,
                                                                           __global float *restrict c,
                                                                           MatmulLayout layout) {
    const long k = layout.k;
    const long all_columns = (layout.n + COLUMNS - 1) / COLUMNS;
    const long first_panel = get_global_id(0) * layout.column_panels;
    const long end_panel = min(first_panel + layout.column_panels, all_columns);
    const long first_row = get_global_id(1) * layout.row_panels * ROWS;
    const long end_row = min(first_row + layout.row_panels * ROWS, layout.m);
    const long batch = get_global_id(2);
    a += layout.a_offset + batch_offset(batch, layout.batch_shape, layout.a_batch);
    b += batch_offset(batch, layout.batch_shape, layout.b_batch) * all_columns * k * COLUMNS;
    c += layout.c_offset + batch_offset(batch, layout.batch_shape, layout.c_batch);
    float panel[ROWS * ROW_STEP];
    VECTOR sums[ROWS][2];
    // k = 0 stores zeros.
    for (long start = 0; start == 0 || start < k; start += BLOCK) {
        const int length = min((long)BLOCK, k - start);
        for (long row = first_row; row < end_row; row += ROWS) {
            const int rows = min((long)ROWS, end_row - row);
            pack_private(panel, ROW_STEP, ROWS, length, a + row * layout.a_row + start * layout.a_k, layout.a_row,
                         layout.a_k, rows, length);
            for (long column = first_panel; column < end_panel; ++column) {
                product_private_global(panel, b + (column * k + start) * COLUMNS, COLUMNS, length, sums);
                store_panel(c + row * layout.c_row + column * COLUMNS * layout.c_column, layout.c_row, layout.c_column,
                            rows, min((long)COLUMNS, layout.n - column * COLUMNS), start == 0, sums);
            }
        }
    }
}

// B packed by each work-item for itself, or read where it lies: one launch, for small products and few rows.
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void matmul_direct(const __global float *restrict a,
                                                                           const __global float *restrict b,
                                                                           __global float *restrict c,
                                                                           MatmulLayout layout) {
    const long k = layout.k;
    const long first_column = get_global_id(0) * COLUMNS;
    const int columns = min((long)COLUMNS, layout.n - first_column);
    const long first_row = get_global_id(1) * layout.row_panels * ROWS;
    const long end_row = min(first_row + layout.row_panels * ROWS, layout.m);
    const long batch = get_global_id(2);
    a += layout.a_offset + batch_offset(batch, layout.batch_shape, layout.a_batch);
    b += layout.b_offset + batch_offset(batch, layout.batch_shape, layout.b_batch) + first_column * layout.b_column;
    c += layout.c_offset + batch_offset(batch, layout.batch_shape, layout.c_batch) + first_column * layout.c_column;
    // Whole rows of vectors are read where they lie when so few rows of A use them that packing would not pay.
    const bool in_place = layout.b_column == 1 && columns == COLUMNS && end_row - first_row <= 2 * ROWS;
    float a_panel[ROWS * ROW_STEP];
    float b_panel[BLOCK * COLUMNS];
    VECTOR sums[ROWS][2];
    // k = 0 stores zeros.
    for (long start = 0; start == 0 || start < k; start += BLOCK) {
        const int length = min((long)BLOCK, k - start);
        const __global float *b_start = b + start * layout.b_k;
        if (!in_place)
            pack_private(b_panel, COLUMNS, length, COLUMNS, b_start, layout.b_k, layout.b_column, length, columns);
        for (long row = first_row; row < end_row; row += ROWS) {
            const int rows = min((long)ROWS, end_row - row);
            pack_private(a_panel, ROW_STEP, ROWS, length, a + row * layout.a_row + start * layout.a_k, layout.a_row,
                         layout.a_k, rows, length);
            if (in_place)
                product_private_global(a_panel, b_start, layout.b_k, length, sums);
            else
                product_private_private(a_panel, b_panel, COLUMNS, length, sums);
            store_panel(c + row * layout.c_row, layout.c_row, layout.c_column, rows, columns, start == 0, sums);
        }
    }
}
