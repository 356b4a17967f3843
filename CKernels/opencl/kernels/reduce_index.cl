// The first position of the largest or smallest element along the middle axis of [outer, length, inner].
//
// Defined by the generator: what reduce.cl names, and BETTER(a, b): whether a value a that comes later than b replaces
// it (so false for equals). NaN counts as better than every number.
//
// The length is cut into parts. A task is one part of one outer index; it leaves its best value and position for each
// inner index, and unloop_reduce_index_parts picks the best of the parts, in order.

struct unloop_strides {
    long offset[UNLOOP_OPERANDS];
    long outer[UNLOOP_OPERANDS];
    long length[UNLOOP_OPERANDS];
    long inner[UNLOOP_OPERANDS];
};

// inner = 1: lanes along length. One item runs some tasks.
kernel void unloop_reduce_index_along(UNLOOP_PARAMETERS, global ELEMENT *values, global int *positions,
                                      const uint length, const uint inner, const uint part_length, const uint parts,
                                      const uint tasks, const uint tasks_per_item,
                                      const struct unloop_strides strides) {
    const uint first_task = (uint)get_global_id(0) * tasks_per_item;
    const uint last_task = min(tasks, first_task + tasks_per_item);
    for (uint task = first_task; task < last_task; task++) {
        const uint row = task / parts;
        const uint first = (task % parts) * part_length;
        const uint last = min(length, first + part_length);
        VALUE best = (VALUE)(0);
        INT place = (INT)(-1);
        for (uint position = first; position < last; position += UNLOOP_WIDTH) {
            const uint lanes = min(last - position, (uint)UNLOOP_WIDTH);
            VALUE x;
            UNLOOP_FETCH(x, row, position, 0, 0, lanes)
            const INT takes = ((place < 0) | BETTER(x, best)) & (UNLOOP_IOTA < (int)lanes);
            best = select(best, x, takes);
            place = select(place, (INT)((int)position) + UNLOOP_IOTA, takes);
        }
#if UNLOOP_WIDTH == 1
        values[task] = best;
        positions[task] = place;
#else
        ELEMENT lane_best[UNLOOP_WIDTH];
        int lane_place[UNLOOP_WIDTH];
        UNLOOP_STORE(best, lane_best);
        UNLOOP_STORE(place, lane_place);
        ELEMENT winner = lane_best[0];
        int winner_place = lane_place[0];
        for (uint lane = 1; lane < UNLOOP_WIDTH; lane++) {
            const ELEMENT x = lane_best[lane];
            const int at = lane_place[lane];
            const int earlier = at < winner_place && !BETTER(winner, x);
            if (at >= 0 && (BETTER(x, winner) || earlier)) {
                winner = x;
                winner_place = at;
            }
        }
        values[task] = winner;
        positions[task] = winner_place;
#endif
    }
}

// Any inner: lanes along inner. One item runs some tasks for UNLOOP_WIDTH inner positions.
kernel void unloop_reduce_index_across(UNLOOP_PARAMETERS, global ELEMENT *values, global int *positions,
                                       const uint length, const uint inner, const uint part_length, const uint parts,
                                       const uint tasks, const uint tasks_per_item,
                                       const struct unloop_strides strides) {
    const uint column = (uint)get_global_id(0) * UNLOOP_WIDTH;
    if (column >= inner) return;
    const uint lanes = min(inner - column, (uint)UNLOOP_WIDTH);
    const uint first_task = (uint)get_global_id(1) * tasks_per_item;
    const uint last_task = min(tasks, first_task + tasks_per_item);
    for (uint task = first_task; task < last_task; task++) {
        const uint row = task / parts;
        const uint first = (task % parts) * part_length;
        const uint last = min(length, first + part_length);
        VALUE best = (VALUE)(0);
        INT place = (INT)(-1);
        for (uint position = first; position < last; position++) {
            VALUE x;
            UNLOOP_FETCH(x, row, position, column, 1, lanes)
            const INT takes = (place < 0) | BETTER(x, best);
            best = select(best, x, takes);
            place = select(place, (INT)((int)position), takes);
        }
        const ulong target = (ulong)task * inner + column;
        UNLOOP_PUT(best, values + target, 1, lanes);
        unloop_put_int(place, positions + target, 1, lanes);
    }
}

// Values and positions are [outer, parts, inner]; one item gives one element of the output [outer, inner].
kernel void unloop_reduce_index_parts(global const ELEMENT *values, global const int *positions, global int *output,
                                      const ulong output_offset, const uint outer, const uint parts, const uint inner) {
    const uint id = get_global_id(0);
    if (id >= outer * inner) return;
    const ulong start = (ulong)(id / inner) * parts * inner + id % inner;
    ELEMENT best = values[start];
    int place = positions[start];
    for (uint part = 1; part < parts; part++) {
        const ELEMENT x = values[start + (ulong)part * inner];
        if (BETTER(x, best)) {
            best = x;
            place = positions[start + (ulong)part * inner];
        }
    }
    output[output_offset + id] = place;
}
