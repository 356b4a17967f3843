// The inner product shared by the panel kernels: a panel of ROWS rows of A times a panel of two vectors of columns of
// B.
//
// For devices that are CPUs: one work-item computes whole panels by itself, holds ROWS x 2 vectors of sums in
// registers, and uses neither local memory nor barriers, which such devices only imitate.
//
// Layouts:  panel of A  [ROWS][ROW_STEP]   k contiguous, at most BLOCK elements of each row, then room for one vector
//           panel of B  [k][COLUMNS]       columns contiguous
// Follows vectors.cl. Parameters: WIDTH (floats in a vector: 4, 8 or 16) and ROWS (rows of a panel), chosen so that the
// sums fill the registers.
//
// Order of additions: Numerics.md. A block of 256 products is one chain of fma from +0; block sums are added in
// increasing order, the running sum being kept in the result itself.

#define UNROLL __attribute__((opencl_unroll_hint))
// Some drivers compile what a kernel consists of several times over, once for each way of starting it, and a function
// that is not inlined once. These take long enough that calling them costs nothing.
#define SEPARATE static __attribute__((noinline))

#define BLOCK 256
#define ROW_STEP (BLOCK + 16)
#define COLUMNS (2 * WIDTH)

// The offset of index `batch` of a batch of up to four axes, the last fastest.
static inline long batch_offset(long batch, const long *shape, const long *strides) {
    long offset = 0;
    for (int axis = 3; axis > 0; --axis) {
        offset += (batch % shape[axis]) * strides[axis];
        batch /= shape[axis];
    }
    return offset + batch * strides[0];
}

// Sums of one block: result[r] = the products of row r of the panel `a` with the columns at `b`, whose rows lie `step`
// elements apart. Sums are kept in registers, whose memory the panels cannot be.
#define DEFINE_PANEL_PRODUCT(NAME, A_SPACE, B_SPACE)                                                                   \
    SEPARATE void NAME(const A_SPACE float *a, const B_SPACE float *b, long step, int length,                          \
                       VECTOR result[ROWS][2]) {                                                                       \
        VECTOR sums[ROWS][2];                                                                                          \
        UNROLL for (int row = 0; row < ROWS; ++row) {                                                                  \
            sums[row][0] = (VECTOR)(0.0f);                                                                             \
            sums[row][1] = (VECTOR)(0.0f);                                                                             \
        }                                                                                                              \
        for (int k = 0; k < length; ++k) {                                                                             \
            const VECTOR left = LOAD(0, b + k * step);                                                                 \
            const VECTOR right = LOAD(1, b + k * step);                                                                \
            UNROLL for (int row = 0; row < ROWS; ++row) {                                                              \
                const VECTOR element = (VECTOR)(a[row * ROW_STEP + k]);                                                \
                sums[row][0] = fma(element, left, sums[row][0]);                                                       \
                sums[row][1] = fma(element, right, sums[row][1]);                                                      \
            }                                                                                                          \
        }                                                                                                              \
        UNROLL for (int row = 0; row < ROWS; ++row) {                                                                  \
            result[row][0] = sums[row][0];                                                                             \
            result[row][1] = sums[row][1];                                                                             \
        }                                                                                                              \
    }

// Copies `lines` runs of `length` contiguous elements, `source_step` apart, into lines `target_step` apart, and fills
// each line with zeros up to `padded_length`, and all lines up to `padded_lines`.
#define DEFINE_COPY_LINES(NAME, SPACE)                                                                                 \
    SEPARATE void NAME(SPACE float *target, int target_step, int padded_lines, int padded_length,                      \
                       const __global float *source, long source_step, int lines, int length) {                        \
        for (int line = 0; line < lines; ++line) {                                                                     \
            const __global float *from = source + line * source_step;                                                  \
            SPACE float *to = target + line * target_step;                                                             \
            int position = 0;                                                                                          \
            for (; position + WIDTH <= length; position += WIDTH) STORE(LOAD(0, from + position), 0, to + position);   \
            for (; position < length; ++position) to[position] = from[position];                                       \
            for (; position < padded_length; ++position) to[position] = 0.0f;                                          \
        }                                                                                                              \
        for (int line = lines; line < padded_lines; ++line)                                                            \
            for (int position = 0; position < padded_length; ++position) target[line * target_step + position] = 0.0f; \
    }

// The same for lines whose elements lie `source_stride` apart while the lines lie `line_stride` apart: a transposition,
// in blocks of 4 x 4, when line_stride is 1.
#define DEFINE_GATHER_LINES(NAME, SPACE)                                                                               \
    SEPARATE void NAME(SPACE float *target, int target_step, int padded_lines, int padded_length,                      \
                       const __global float *source, long line_stride, long source_stride, int lines, int length) {    \
        const int whole = line_stride == 1 ? length & ~3 : 0;                                                          \
        int line = 0;                                                                                                  \
        for (; line + 4 <= lines && line_stride == 1; line += 4) {                                                     \
            for (int position = 0; position < whole; position += 4) {                                                  \
                const __global float *from = source + line + position * source_stride;                                 \
                SPACE float *to = target + line * target_step + position;                                              \
                const float4 a = vload4(0, from);                                                                      \
                const float4 b = vload4(0, from + source_stride);                                                      \
                const float4 c = vload4(0, from + 2 * source_stride);                                                  \
                const float4 d = vload4(0, from + 3 * source_stride);                                                  \
                vstore4((float4)(a.x, b.x, c.x, d.x), 0, to);                                                          \
                vstore4((float4)(a.y, b.y, c.y, d.y), 0, to + target_step);                                            \
                vstore4((float4)(a.z, b.z, c.z, d.z), 0, to + 2 * target_step);                                        \
                vstore4((float4)(a.w, b.w, c.w, d.w), 0, to + 3 * target_step);                                        \
            }                                                                                                          \
            for (int position = whole; position < length; ++position)                                                  \
                for (int part = 0; part < 4; ++part)                                                                   \
                    target[(line + part) * target_step + position] = source[line + part + position * source_stride];   \
        }                                                                                                              \
        for (; line < lines; ++line)                                                                                   \
            for (int position = 0; position < length; ++position)                                                      \
                target[line * target_step + position] = source[line * line_stride + position * source_stride];         \
        for (line = 0; line < padded_lines; ++line)                                                                    \
            for (int position = line < lines ? length : 0; position < padded_length; ++position)                       \
                target[line * target_step + position] = 0.0f;                                                          \
    }

// Packs lines of any strides: copies where the elements of a line are contiguous, else transposes.
#define DEFINE_PACK_LINES(NAME, COPY, GATHER, SPACE)                                                                   \
    DEFINE_COPY_LINES(COPY, SPACE)                                                                                     \
    DEFINE_GATHER_LINES(GATHER, SPACE)                                                                                 \
    static inline void NAME(SPACE float *target, int target_step, int padded_lines, int padded_length,                 \
                            const __global float *source, long line_stride, long source_stride, int lines,             \
                            int length) {                                                                              \
        if (source_stride == 1)                                                                                        \
            COPY(target, target_step, padded_lines, padded_length, source, line_stride, lines, length);                \
        else                                                                                                           \
            GATHER(target, target_step, padded_lines, padded_length, source, line_stride, source_stride, lines,        \
                   length);                                                                                            \
    }

DEFINE_PANEL_PRODUCT(product_private_global, __private, __global)
DEFINE_PANEL_PRODUCT(product_private_private, __private, __private)
DEFINE_PANEL_PRODUCT(product_global_private, __global, __private)
DEFINE_PACK_LINES(pack_private, copy_private, gather_private, __private)
DEFINE_PACK_LINES(pack_global, copy_global, gather_global, __global)

// Adds the sums of one row of a panel to the result (stores them, for the first block): `columns` elements.
SEPARATE void store_row(__global float *target, long column_stride, int columns, bool first, VECTOR left,
                        VECTOR right) {
    if (column_stride == 1 && columns == COLUMNS) {
        STORE(first ? left : LOAD(0, target) + left, 0, target);
        STORE(first ? right : LOAD(1, target) + right, 1, target);
    } else {
        float parts[COLUMNS];
        STORE(left, 0, parts);
        STORE(right, 1, parts);
        for (int column = 0; column < columns; ++column) {
            __global float *element = target + column * column_stride;
            *element = first ? parts[column] : *element + parts[column];
        }
    }
}

SEPARATE void store_panel(__global float *target, long row_stride, long column_stride, int rows, int columns,
                          bool first, VECTOR sums[ROWS][2]) {
    UNROLL for (int row = 0; row < ROWS; ++row) {
        if (row < rows) store_row(target + row * row_stride, column_stride, columns, first, sums[row][0], sums[row][1]);
    }
}

// Where an operand of three or four axes lies, and how it is cut, for pack_columns.
typedef struct {
    long batch_shape[4];
    long batch_strides[4];
    long offset;
    long tap_row_stride;
    long tap_column_stride;
    long k_stride;
    long column_stride;
    // Taps in a row of taps; k in one tap; k in all taps together; columns.
    long tap_columns;
    long tap_length;
    long length;
    long columns;
} ColumnLayout;

// Packs B into panels of columns. One work-item packs one panel of one tap, a run of `tap_length` of k.
//
//   source   element (tap row, tap column, k, column) at the sum of their strides, for each index of the batch
//   target   [batch][panel][k of all taps][COLUMNS]
//   global   (panels, taps, batch)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
pack_columns(const __global float *restrict source, __global float *restrict target, ColumnLayout layout) {
    const long panel = get_global_id(0);
    const long tap = get_global_id(1);
    const long batch = get_global_id(2);
    const long first_column = panel * COLUMNS;
    const long first_k = tap * layout.tap_length;
    const int here = min(layout.tap_length, layout.length - first_k);
    const __global float *from = source + layout.offset + first_column * layout.column_stride;
    from += (tap / layout.tap_columns) * layout.tap_row_stride + (tap % layout.tap_columns) * layout.tap_column_stride;
    from += batch_offset(batch, layout.batch_shape, layout.batch_strides);
    target += ((batch * get_global_size(0) + panel) * layout.length + first_k) * COLUMNS;
    pack_global(target, COLUMNS, here, COLUMNS, from, layout.k_stride, layout.column_stride, here,
                min((long)COLUMNS, layout.columns - first_column));
}
