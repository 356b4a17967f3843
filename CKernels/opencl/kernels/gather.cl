// Rows taken from, or added into, the middle axis of a row-major [outer, rows, inner] by int32 indices.
//
// An index outside 0 ..< rows sets flags[slot]; gather then gives 0, and scatter-add leaves the row out. Scatter-add
// needs no atomics: each sum belongs to one work-item, which adds in increasing position.
//
// Parameters: INTEGERS (whether scatter-add sums int32 or float32)

#pragma OPENCL FP_CONTRACT OFF

#if INTEGERS
#    define ELEMENT int
#else
#    define ELEMENT float
#endif

typedef struct {
    long table_offset, indices_offset, output_offset;
    long outer, rows, inner, count;
    // Adjacent elements that one work-item handles.
    long run;
    // From the indices of one outer position to those of the next: 0 where all have the same.
    long index_stride;
} GatherLayout;

static inline bool is_inside(int index, const GatherLayout *layout, volatile __global int *flags, int slot) {
    if (index >= 0 && index < layout->rows) return true;
    atomic_xchg(flags + slot, 1);
    return false;
}

// output[o, i, :] = table[o, indices[i], :], or indices[o, i]; elements of any four-byte type.
// global (runs of inner x count x outer, rounded up to the work-group)
__kernel void gather(const __global uint *restrict table, const __global int *restrict indices,
                     __global uint *restrict output, GatherLayout layout, volatile __global int *flags, int slot) {
    const long runs = (layout.inner + layout.run - 1) / layout.run;
    const long item = get_global_id(0);
    const long position = item / runs % layout.count;
    const long outer = item / runs / layout.count;
    if (outer >= layout.outer) return;
    const long first = item % runs * layout.run;
    const long length = min(layout.run, layout.inner - first);
    const int index = indices[layout.indices_offset + outer * layout.index_stride + position];
    __global uint *to = output + layout.output_offset + (outer * layout.count + position) * layout.inner + first;
    if (is_inside(index, &layout, flags, slot)) {
        const __global uint *from = table + layout.table_offset + (outer * layout.rows + index) * layout.inner + first;
        for (long element = 0; element < length; ++element) to[element] = from[element];
    } else {
        for (long element = 0; element < length; ++element) to[element] = 0;
    }
}

// For devices that are CPUs: a work-item goes through all positions for one run of the inner axis.
// global (runs of inner x outer, rounded up to the work-group)
__kernel void scatter_add_runs(const __global ELEMENT *restrict source, const __global int *restrict indices,
                               __global ELEMENT *restrict output, GatherLayout layout, volatile __global int *flags,
                               int slot) {
    const long runs = (layout.inner + layout.run - 1) / layout.run;
    const long first = (long)get_global_id(0) % runs * layout.run;
    const long length = min(layout.run, layout.inner - first);
    const long outer = (long)get_global_id(0) / runs;
    if (outer >= layout.outer) return;
    source += layout.table_offset + outer * layout.count * layout.inner + first;
    output += layout.output_offset + outer * layout.rows * layout.inner + first;
    for (long row = 0; row < layout.rows; ++row)
        for (long element = 0; element < length; ++element) output[row * layout.inner + element] = 0;
    for (long position = 0; position < layout.count; ++position) {
        const int index = indices[layout.indices_offset + outer * layout.index_stride + position];
        if (!is_inside(index, &layout, flags, slot)) continue;
        __global ELEMENT *to = output + index * layout.inner;
        const __global ELEMENT *from = source + position * layout.inner;
        for (long element = 0; element < length; ++element) to[element] = to[element] + from[element];
    }
}

// For devices with many items, first step: links[i] is the next position with the same index, `count` where there is
// none; links[count + r] is the first position with index r, `count` where there is none. So for all outer positions
// together or, where they have indices of their own, for each. global (sets of indices x (count + rows), rounded up to
// the work-group)
__kernel void scatter_links(const __global int *restrict indices, __global int *restrict links, GatherLayout layout,
                            volatile __global int *flags, int slot) {
    const long item = (long)get_global_id(0) % (layout.count + layout.rows);
    const long set = (long)get_global_id(0) / (layout.count + layout.rows);
    if (set >= (layout.index_stride > 0 ? layout.outer : 1)) return;
    indices += layout.indices_offset + set * layout.index_stride;
    links += set * (layout.count + layout.rows);
    const bool is_position = item < layout.count;
    const int wanted = is_position ? indices[item] : (int)(item - layout.count);
    if (is_position) is_inside(wanted, &layout, flags, slot);
    long position = is_position ? item + 1 : 0;
    while (position < layout.count && indices[position] != wanted) ++position;
    links[item] = (int)position;
}

// Second step: one work-item follows the links of one element of the result.
// global (inner x rows x outer, rounded up to the work-group)
__kernel void scatter_add_links(const __global ELEMENT *restrict source, const __global int *restrict links,
                                __global ELEMENT *restrict output, GatherLayout layout) {
    const long item = get_global_id(0);
    const long element = item % layout.inner;
    const long row = item / layout.inner % layout.rows;
    const long outer = item / layout.inner / layout.rows;
    if (outer >= layout.outer) return;
    source += layout.table_offset + outer * layout.count * layout.inner + element;
    if (layout.index_stride > 0) links += outer * (layout.count + layout.rows);
    ELEMENT sum = 0;
    for (long position = links[layout.count + row]; position < layout.count; position = links[position])
        sum = sum + source[position * layout.inner];
    output[layout.output_offset + (outer * layout.rows + row) * layout.inner + element] = sum;
}
