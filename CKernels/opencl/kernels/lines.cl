// Runs a program of several steps over lines of elements: reductions of each line to one value, in the order of
// Numerics.md, and maps of elements and of such values.
//
//   inputs    [lines, length] with a stride for each axis, or one value for each line, with a stride
//   outputs   row-major [lines, length], or [lines]
//
// With vectors of 16 an item runs some lines of at most UNLOOP_CHUNK elements, one after the other, the 64 lanes being
// four vectors. With UNLOOP_ACROSS it runs lines of at most 16 elements, 16 lines at a time, each a lane of every
// vector. With single elements a work-group of 64 runs a line of any length, an item a lane.
//
// Defined by the generator: UNLOOP_INPUTS and UNLOOP_OUTPUTS, their numbers; UNLOOP_PARAMETERS, their pointers and the
// program's scalars; UNLOOP_STEPS, all that is done with `line`, which reduces with UNLOOP_REDUCE and stores elements
// within UNLOOP_EACH. The macros that it hands to these: START; COMBINE(a, b); AT(x, position, lanes), which declares
// x, the `lanes` values from a position of the line on. LANE is where the values of lanes meet: 64 of local memory.

#define UNLOOP_LANES 64
#define UNLOOP_CHUNK 4096

struct unloop_lines_layout {
    long offset[UNLOOP_INPUTS + UNLOOP_OUTPUTS];
    long line_stride[UNLOOP_INPUTS];
    long element_stride[UNLOOP_INPUTS];
};

#if UNLOOP_WIDTH == 1

// Combines the values `acc` of all lanes to one, which each item then has.
#    define UNLOOP_MEET(half_count, COMBINE, LANE)                                                                     \
        barrier(CLK_LOCAL_MEM_FENCE);                                                                                  \
        if (lane < half_count) LANE[lane] = COMBINE(LANE[lane], LANE[lane + half_count]);
#    define UNLOOP_TREE(acc, COMBINE, LANE)                                                                            \
        LANE[lane] = acc;                                                                                              \
        UNLOOP_MEET(32, COMBINE, LANE)                                                                                 \
        UNLOOP_MEET(16, COMBINE, LANE)                                                                                 \
        UNLOOP_MEET(8, COMBINE, LANE)                                                                                  \
        UNLOOP_MEET(4, COMBINE, LANE)                                                                                  \
        UNLOOP_MEET(2, COMBINE, LANE)                                                                                  \
        UNLOOP_MEET(1, COMBINE, LANE)                                                                                  \
        barrier(CLK_LOCAL_MEM_FENCE);                                                                                  \
        acc = LANE[0];                                                                                                 \
        barrier(CLK_LOCAL_MEM_FENCE);

// The values of several chunks are reduced like the elements of one.
#    define UNLOOP_REDUCE(ELEMENT, VALUE, result, START, COMBINE, AT, LANE)                                            \
        ELEMENT result = START;                                                                                        \
        {                                                                                                              \
            ELEMENT of_chunks = START;                                                                                 \
            for (uint first = 0; first < length; first += UNLOOP_CHUNK) {                                              \
                const uint last = min(length, first + UNLOOP_CHUNK);                                                   \
                result = START;                                                                                        \
                for (uint position = first + lane; position < last; position += UNLOOP_LANES) {                        \
                    AT(x, position, 1)                                                                                 \
                    result = COMBINE(result, x);                                                                       \
                }                                                                                                      \
                UNLOOP_TREE(result, COMBINE, LANE)                                                                     \
                if (lane == first / UNLOOP_CHUNK % UNLOOP_LANES) of_chunks = COMBINE(of_chunks, result);               \
            }                                                                                                          \
            if (length > UNLOOP_CHUNK) {                                                                               \
                result = of_chunks;                                                                                    \
                UNLOOP_TREE(result, COMBINE, LANE)                                                                     \
            }                                                                                                          \
        }

#    define UNLOOP_EACH(STORE)                                                                                         \
        for (uint position = lane; position < length; position += UNLOOP_LANES) STORE(position, 1)

kernel __attribute__((reqd_work_group_size(UNLOOP_LANES, 1, 1))) void
unloop_lines(UNLOOP_PARAMETERS, const uint length, const uint lines, const uint lines_per_item, const int streams,
             const struct unloop_lines_layout layout) {
    local float real_lanes[UNLOOP_LANES];
    local int integer_lanes[UNLOOP_LANES];
    const uint lane = get_local_id(0);
    const uint line = get_group_id(0);
    const bool stores_values = lane == 0;
    UNLOOP_STEPS
}

#elif defined(UNLOOP_ACROSS)

// Elements that are not there would be those that a reduction starts with, which change nothing in the tree.
#    define UNLOOP_REDUCE(ELEMENT, VALUE, result, START, COMBINE, AT, LANE)                                            \
        VALUE result;                                                                                                  \
        {                                                                                                              \
            VALUE acc[UNLOOP_WIDTH];                                                                                   \
            for (uint position = 0; position < length; position++) {                                                   \
                AT(x, position, lanes)                                                                                 \
                acc[position] = COMBINE((VALUE)(START), x);                                                            \
            }                                                                                                          \
            uint filled = length;                                                                                      \
            for (uint half_count = UNLOOP_WIDTH / 2; half_count > 0; half_count /= 2) {                                \
                for (uint lane = 0; lane + half_count < filled; lane++)                                                \
                    acc[lane] = COMBINE(acc[lane], acc[lane + half_count]);                                            \
                filled = min(filled, half_count);                                                                      \
            }                                                                                                          \
            result = acc[0];                                                                                           \
        }

#    define UNLOOP_EACH(STORE)                                                                                         \
        for (uint position = 0; position < length; position++) STORE(position, lanes)

kernel void unloop_lines(UNLOOP_PARAMETERS, const uint length, const uint lines, const uint lines_per_item,
                         const int streams, const struct unloop_lines_layout layout) {
    const uint first_line = (uint)get_global_id(0) * lines_per_item;
    const uint last_line = min(lines, first_line + lines_per_item);
    UNLOOP_KEPT
    for (uint line = first_line; line < last_line; line += UNLOOP_WIDTH) {
        const uint lanes = min(last_line - line, (uint)UNLOOP_WIDTH);
        UNLOOP_STEPS
    }
}

#elif UNLOOP_WIDTH == 16

#    define UNLOOP_REDUCE_VECTOR(acc, COMBINE, AT, start)                                                              \
        {                                                                                                              \
            AT(x, start, UNLOOP_WIDTH)                                                                                 \
            acc = COMBINE(acc, x);                                                                                     \
        }
// In the tree only the lower lanes matter; the others repeat them.
#    define UNLOOP_REDUCE(ELEMENT, VALUE, result, START, COMBINE, AT, LANE)                                            \
        ELEMENT result;                                                                                                \
        {                                                                                                              \
            VALUE acc0 = (VALUE)(START), acc1 = acc0, acc2 = acc0, acc3 = acc0;                                        \
            uint position = 0;                                                                                         \
            for (; position + UNLOOP_LANES <= length; position += UNLOOP_LANES) {                                      \
                UNLOOP_REDUCE_VECTOR(acc0, COMBINE, AT, position)                                                      \
                UNLOOP_REDUCE_VECTOR(acc1, COMBINE, AT, position + 16)                                                 \
                UNLOOP_REDUCE_VECTOR(acc2, COMBINE, AT, position + 32)                                                 \
                UNLOOP_REDUCE_VECTOR(acc3, COMBINE, AT, position + 48)                                                 \
            }                                                                                                          \
            for (uint vector = 0; position < length; position += UNLOOP_WIDTH, vector++) {                             \
                const uint lanes = min(length - position, (uint)UNLOOP_WIDTH);                                         \
                const VALUE acc = vector == 0 ? acc0 : vector == 1 ? acc1 : vector == 2 ? acc2 : acc3;                 \
                AT(x, position, lanes)                                                                                 \
                const VALUE combined = COMBINE(acc, x);                                                                \
                const VALUE chosen = select(acc, combined, UNLOOP_IOTA < (int)lanes);                                  \
                if (vector == 0) acc0 = chosen;                                                                        \
                if (vector == 1) acc1 = chosen;                                                                        \
                if (vector == 2) acc2 = chosen;                                                                        \
                if (vector == 3) acc3 = chosen;                                                                        \
            }                                                                                                          \
            const VALUE low = COMBINE(acc0, acc2), high = COMBINE(acc1, acc3);                                         \
            VALUE rest = COMBINE(low, high);                                                                           \
            rest = COMBINE(rest, (VALUE)(rest.hi, rest.hi));                                                           \
            rest = COMBINE(rest, (VALUE)(rest.s4567, rest.s4567, rest.s4567, rest.s4567));                             \
            rest = COMBINE(rest, (VALUE)(rest.s2323, rest.s2323, rest.s2323, rest.s2323));                             \
            rest = COMBINE(rest, (VALUE)(rest.s1));                                                                    \
            result = rest.s0;                                                                                          \
        }

#    define UNLOOP_EACH(STORE)                                                                                         \
        {                                                                                                              \
            uint position = 0;                                                                                         \
            for (; position + UNLOOP_WIDTH <= length; position += UNLOOP_WIDTH) STORE(position, UNLOOP_WIDTH)          \
            if (position < length) STORE(position, length - position)                                                  \
        }

kernel void unloop_lines(UNLOOP_PARAMETERS, const uint length, const uint lines, const uint lines_per_item,
                         const int streams, const struct unloop_lines_layout layout) {
    const uint first_line = (uint)get_global_id(0) * lines_per_item;
    const uint last_line = min(lines, first_line + lines_per_item);
    const bool stores_values = true;
    UNLOOP_KEPT
    for (uint line = first_line; line < last_line; line++) {
        UNLOOP_STEPS
    }
    if (UNLOOP_STREAMS && streams) mem_fence(CLK_GLOBAL_MEM_FENCE);
}

#endif
