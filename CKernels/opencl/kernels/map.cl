// Runs a scalar program on each element of strided arrays.
//
// The arrays are seen as `rows` of `columns`. Along a row each operand has one stride; a row's number is taken apart
// into up to seven coordinates, the fastest first. A work-item runs a block of columns_per_item by rows_per_item,
// UNLOOP_WIDTH columns at a time.
//
// Defined by the generator: UNLOOP_LAYOUT_IN_MEMORY; UNLOOP_OPERANDS, the number of inputs, outputs, and, last, the
// position of the element as if it were an array with these strides; UNLOOP_PARAMETERS, the pointers and the program's
// scalars; UNLOOP_BASES, which declares where each operand's row begins, `base0`, `base1`, …; UNLOOP_ADVANCE(axis),
// which moves them to `coordinate` of an axis; UNLOOP_STEP, which loads `lanes` elements of each input at its base +
// column * its column_stride, runs the program, and stores its outputs. The layout is indexed by constants only: not
// every driver can index a parameter otherwise.

struct unloop_layout {
    long offset[UNLOOP_OPERANDS];
    int column_stride[UNLOOP_OPERANDS];
    int row_stride[UNLOOP_OPERANDS * 7]; // Flat: some drivers miscount arrays of arrays.
    int extent[7];
    int axes;
    // Whether the outputs are too large for caches.
    int streams;
};

// Where the layout is too large for a parameter.
#if UNLOOP_LAYOUT_IN_MEMORY
#    define UNLOOP_LAYOUT global const struct unloop_layout *restrict place
#    define layout (*place)
#else
#    define UNLOOP_LAYOUT const struct unloop_layout layout
#endif

#define UNLOOP_AXIS(axis)                                                                                              \
    if (axis < layout.axes) {                                                                                          \
        const uint extent = layout.extent[axis];                                                                       \
        const uint coordinate = rest % extent;                                                                         \
        rest /= extent;                                                                                                \
        UNLOOP_ADVANCE(axis)                                                                                           \
    }

kernel void unloop_map(UNLOOP_PARAMETERS, const uint columns, const uint rows, const uint columns_per_item,
                       const uint rows_per_item, UNLOOP_LAYOUT) {
    const uint first_column = (uint)get_global_id(0) * columns_per_item;
    const uint last_column = min(columns, first_column + columns_per_item);
    const uint first_row = (uint)get_global_id(1) * rows_per_item;
    const uint last_row = min(rows, first_row + rows_per_item);
    for (uint row = first_row; row < last_row; row++) {
        UNLOOP_BASES
        uint rest = row;
        UNLOOP_AXIS(0)
        UNLOOP_AXIS(1)
        UNLOOP_AXIS(2)
        UNLOOP_AXIS(3)
        UNLOOP_AXIS(4)
        UNLOOP_AXIS(5)
        UNLOOP_AXIS(6)
        for (uint column = first_column; column < last_column; column += UNLOOP_WIDTH) {
            const uint lanes = min(last_column - column, (uint)UNLOOP_WIDTH);
            UNLOOP_STEP
        }
    }
    if (UNLOOP_STREAMS && layout.streams) mem_fence(CLK_GLOBAL_MEM_FENCE);
}
