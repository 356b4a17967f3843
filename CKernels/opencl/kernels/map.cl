// Runs a scalar program on each element of strided arrays.
//
// The arrays are seen as `rows` of `columns`. Along a row each operand has one stride; a row's number is taken apart
// into up to seven coordinates, the fastest first. A work-item runs a block of columns_per_item by rows_per_item,
// UNLOOP_WIDTH columns at a time.
//
// Defined by the generator: UNLOOP_OPERANDS, the number of inputs, outputs, and, last, the position of the element as
// if it were an array with these strides; UNLOOP_PARAMETERS, the pointers and the program's scalars; UNLOOP_STEP, which
// loads `lanes` elements of each input at base[operand] + column * layout.column_stride[operand], runs the program, and
// stores its outputs.

struct unloop_layout {
    long offset[UNLOOP_OPERANDS];
    int column_stride[UNLOOP_OPERANDS];
    int row_stride[UNLOOP_OPERANDS * 7]; // Flat: some drivers miscount arrays of arrays.
    int extent[7];
    int axes;
};

kernel void unloop_map(UNLOOP_PARAMETERS, const uint columns, const uint rows, const uint columns_per_item,
                       const uint rows_per_item, const struct unloop_layout layout) {
    const uint first_column = (uint)get_global_id(0) * columns_per_item;
    const uint last_column = min(columns, first_column + columns_per_item);
    const uint first_row = (uint)get_global_id(1) * rows_per_item;
    const uint last_row = min(rows, first_row + rows_per_item);
    for (uint row = first_row; row < last_row; row++) {
        long base[UNLOOP_OPERANDS];
        for (int operand = 0; operand < UNLOOP_OPERANDS; operand++) base[operand] = layout.offset[operand];
        uint rest = row;
        for (int axis = 0; axis < layout.axes; axis++) {
            const uint extent = layout.extent[axis];
            const uint coordinate = rest % extent;
            rest /= extent;
            for (int operand = 0; operand < UNLOOP_OPERANDS; operand++) {
                base[operand] += (long)coordinate * layout.row_stride[operand * 7 + axis];
            }
        }
        for (uint column = first_column; column < last_column; column += UNLOOP_WIDTH) {
            const uint lanes = min(last_column - column, (uint)UNLOOP_WIDTH);
            UNLOOP_STEP
        }
    }
}
