// Sums, products, maxima and minima along the middle axis of [outer, length, inner], in the order of Numerics.md.
//
// Defined by the generator: UNLOOP_OPERANDS, the number of inputs (at least 1); UNLOOP_PARAMETERS, their pointers and
// the program's scalars; ELEMENT and VALUE, the type of what is reduced and its vector; COMBINE(acc, x) and START;
// UNLOOP_FETCH(x, o, l, i, along_inner, lanes), which sets x to the program's output for `lanes` elements from [o, l,
// i] on, along inner or along length; UNLOOP_FETCH_ROWS(x, o, l, lanes), the same from [o, l, 0] on along outer.
//
// A task is one chunk of one row (reduce_chunks) or one block of rows (reduce_rows); each gives one value, or one for
// each inner position, in order. The host runs the stages until one value is left.

#define UNLOOP_LANES 64
#define UNLOOP_CHUNK 4096

struct unloop_strides {
    long offset[UNLOOP_OPERANDS];
    long outer[UNLOOP_OPERANDS];
    long length[UNLOOP_OPERANDS];
    long inner[UNLOOP_OPERANDS];
};

#if UNLOOP_WIDTH == 1

// inner = 1. One work-group of 64 a task, one item a lane.
kernel __attribute__((reqd_work_group_size(UNLOOP_LANES, 1, 1))) void
unloop_reduce_chunks(UNLOOP_PARAMETERS, global ELEMENT *output, const ulong output_offset, const uint length,
                     const uint inner, const uint chunks, const uint tasks, const uint tasks_per_item,
                     const struct unloop_strides strides) {
    local ELEMENT lanes_of_group[UNLOOP_LANES];
    const uint lane = get_local_id(0);
    const uint task = get_group_id(0);
    const uint row = task / chunks;
    const uint first = (task % chunks) * UNLOOP_CHUNK;
    const uint last = min(length, first + UNLOOP_CHUNK);
    ELEMENT acc = START;
    for (uint position = first + lane; position < last; position += UNLOOP_LANES) {
        ELEMENT x;
        UNLOOP_FETCH(x, row, position, 0, 0, 1)
        acc = COMBINE(acc, x);
    }
    lanes_of_group[lane] = acc;
    for (uint half_count = UNLOOP_LANES / 2; half_count > 0; half_count /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < half_count) lanes_of_group[lane] = COMBINE(lanes_of_group[lane], lanes_of_group[lane + half_count]);
    }
    if (lane == 0) output[output_offset + task] = lanes_of_group[0];
}

#elif UNLOOP_WIDTH == 16

#    define UNLOOP_VECTORS 4

// inner = 1. One work-item runs some tasks; the lanes are four vectors of 16.
kernel void unloop_reduce_chunks(UNLOOP_PARAMETERS, global ELEMENT *output, const ulong output_offset,
                                 const uint length, const uint inner, const uint chunks, const uint tasks,
                                 const uint tasks_per_item, const struct unloop_strides strides) {
    const uint first_task = (uint)get_global_id(0) * tasks_per_item;
    const uint last_task = min(tasks, first_task + tasks_per_item);
    for (uint task = first_task; task < last_task; task++) {
        const uint row = task / chunks;
        const uint first = (task % chunks) * UNLOOP_CHUNK;
        const uint last = min(length, first + UNLOOP_CHUNK);
        VALUE acc[UNLOOP_VECTORS];
#    pragma unroll
        for (uint vector = 0; vector < UNLOOP_VECTORS; vector++) acc[vector] = (VALUE)(START);
        for (uint position = first; position < last; position += UNLOOP_LANES) {
#    pragma unroll
            for (uint vector = 0; vector < UNLOOP_VECTORS; vector++) {
                const uint start = position + vector * UNLOOP_WIDTH;
                if (start < last) {
                    const uint lanes = min(last - start, (uint)UNLOOP_WIDTH);
                    VALUE x;
                    UNLOOP_FETCH(x, row, start, 0, 0, lanes)
                    const VALUE combined = COMBINE(acc[vector], x);
                    acc[vector] =
                        lanes == UNLOOP_WIDTH ? combined : select(acc[vector], combined, UNLOOP_IOTA < (int)lanes);
                }
            }
        }
        const VALUE low = COMBINE(acc[0], acc[2]), high = COMBINE(acc[1], acc[3]);
        // From here on only the lower lanes matter; the others repeat them.
        VALUE rest = COMBINE(low, high);
        rest = COMBINE(rest, (VALUE)(rest.hi, rest.hi));
        rest = COMBINE(rest, (VALUE)(rest.s4567, rest.s4567, rest.s4567, rest.s4567));
        rest = COMBINE(rest, (VALUE)(rest.s2323, rest.s2323, rest.s2323, rest.s2323));
        rest = COMBINE(rest, (VALUE)(rest.s1));
        output[output_offset + task] = rest.s0;
    }
}

// inner = 1, rows of at most UNLOOP_WIDTH elements. One work-item runs some rows, as many at a time as a vector has
// lanes: the lanes of a row are then vectors. Those that hold no element would be START, which changes nothing in the
// tree.
kernel void unloop_reduce_short_rows(UNLOOP_PARAMETERS, global ELEMENT *output, const ulong output_offset,
                                     const uint length, const uint inner, const uint rows, const uint rows_per_item,
                                     const struct unloop_strides strides) {
    const uint first_row = (uint)get_global_id(0) * rows_per_item;
    const uint last_row = min(rows, first_row + rows_per_item);
    for (uint row = first_row; row < last_row; row += UNLOOP_WIDTH) {
        const uint lanes = min(last_row - row, (uint)UNLOOP_WIDTH);
        VALUE acc[UNLOOP_WIDTH];
        for (uint position = 0; position < length; position++) {
            VALUE x;
            UNLOOP_FETCH_ROWS(x, row, position, lanes)
            acc[position] = COMBINE((VALUE)(START), x);
        }
        uint filled = length;
        for (uint half_count = UNLOOP_WIDTH / 2; half_count > 0; half_count /= 2) {
            for (uint lane = 0; lane + half_count < filled; lane++)
                acc[lane] = COMBINE(acc[lane], acc[lane + half_count]);
            filled = min(filled, half_count);
        }
        UNLOOP_PUT(acc[0], output + output_offset + row, 1, lanes);
    }
}

#endif

// Any inner. One item runs some tasks for UNLOOP_WIDTH inner positions. A block's first row is combined with START or,
// where the rows are themselves values of blocks (takes_first), is taken as it is.
kernel void unloop_reduce_rows(UNLOOP_PARAMETERS, global ELEMENT *output, const ulong output_offset, const uint length,
                               const uint inner, const uint block_length, const uint blocks, const uint takes_first,
                               const uint tasks, const uint tasks_per_item, const struct unloop_strides strides) {
    const uint column = (uint)get_global_id(0) * UNLOOP_WIDTH;
    if (column >= inner) return;
    const uint lanes = min(inner - column, (uint)UNLOOP_WIDTH);
    const uint first_task = (uint)get_global_id(1) * tasks_per_item;
    const uint last_task = min(tasks, first_task + tasks_per_item);
    for (uint task = first_task; task < last_task; task++) {
        const uint row = task / blocks;
        const uint first = (task % blocks) * block_length;
        const uint last = min(length, first + block_length);
        VALUE acc = (VALUE)(START);
        for (uint position = first; position < last; position++) {
            VALUE x;
            UNLOOP_FETCH(x, row, position, column, 1, lanes)
            acc = takes_first && position == first ? x : COMBINE(acc, x);
        }
        UNLOOP_PUT(acc, output + output_offset + (ulong)task * inner + column, 1, lanes);
    }
}
