// Scatter-add of many positions on devices with many items: positions of the same index are brought together by a
// stable sort, so that each element of the result adds its own in increasing position, in time n log n.
//
// A radix sort by the index, DIGIT_BITS bits at a time from the lowest on (D. Knuth, The Art of Computer Programming,
// volume 3, 5.2.5): keys and positions [sets, count], where all outer positions share one set of indices or have one
// each. An item goes through CHUNK positions in order, so nothing depends on the order in which items run.
//
// Parameters: INTEGERS (whether int32 or float32 are added), DIGIT_BITS, CHUNK

#pragma OPENCL FP_CONTRACT OFF

#if INTEGERS
#    define ELEMENT int
#else
#    define ELEMENT float
#endif
#define DIGITS (1 << DIGIT_BITS)

typedef struct {
    long source_offset, indices_offset, output_offset;
    long outer, rows, inner, count;
    // From the indices of one outer position to those of the next; 0 where all have the same.
    long index_stride;
    // Sets of indices, and chunks of each.
    long sets, chunks;
    // Of the bits that are sorted by.
    long shift;
} SortLayout;

// Keys are the indices, or `rows`, which comes last, where an index is none of 0 ..< rows; that sets flags[slot]. No
// row has a first position yet. global (sets x (count + rows), rounded up to the work-group)
__kernel void scatter_sort_begin(const __global int *restrict indices, __global int *restrict keys,
                                 __global int *restrict positions, __global int *restrict firsts, SortLayout layout,
                                 volatile __global int *flags, int slot) {
    const long item = (long)get_global_id(0) % (layout.count + layout.rows);
    const long set = (long)get_global_id(0) / (layout.count + layout.rows);
    if (set >= layout.sets) return;
    if (item >= layout.count) {
        firsts[set * layout.rows + item - layout.count] = (int)layout.count;
        return;
    }
    const int index = indices[layout.indices_offset + set * layout.index_stride + item];
    const bool is_inside = index >= 0 && index < layout.rows;
    if (!is_inside) atomic_xchg(flags + slot, 1);
    keys[set * layout.count + item] = is_inside ? index : (int)layout.rows;
    positions[set * layout.count + item] = (int)item;
}

// How often each digit stands in each chunk: counts [sets, digits, chunks]. global (sets x chunks, rounded up)
__kernel void scatter_sort_count(const __global int *restrict keys, __global int *restrict counts, SortLayout layout) {
    const long chunk = (long)get_global_id(0) % layout.chunks;
    const long set = (long)get_global_id(0) / layout.chunks;
    if (set >= layout.sets) return;
    int found[DIGITS];
    for (int digit = 0; digit < DIGITS; ++digit) found[digit] = 0;
    const long end = min(layout.count, (chunk + 1) * CHUNK);
    for (long i = chunk * CHUNK; i < end; ++i) ++found[keys[set * layout.count + i] >> layout.shift & (DIGITS - 1)];
    for (int digit = 0; digit < DIGITS; ++digit) counts[(set * DIGITS + digit) * layout.chunks + chunk] = found[digit];
}

// Each count becomes the sum of those before it for the same digit; totals [sets, digits] have the sums of all.
// global (sets x digits, rounded up)
__kernel void scatter_sort_scan(__global int *restrict counts, __global int *restrict totals, SortLayout layout) {
    const long line = get_global_id(0);
    if (line >= layout.sets * DIGITS) return;
    int sum = 0;
    for (long chunk = 0; chunk < layout.chunks; ++chunk) {
        const int found = counts[line * layout.chunks + chunk];
        counts[line * layout.chunks + chunk] = sum;
        sum += found;
    }
    totals[line] = sum;
}

// Moves keys and positions to where this digit puts them. global (sets x chunks, rounded up)
__kernel void scatter_sort_move(const __global int *restrict keys, const __global int *restrict positions,
                                const __global int *restrict counts, const __global int *restrict totals,
                                __global int *restrict moved_keys, __global int *restrict moved_positions,
                                SortLayout layout) {
    const long chunk = (long)get_global_id(0) % layout.chunks;
    const long set = (long)get_global_id(0) / layout.chunks;
    if (set >= layout.sets) return;
    long places[DIGITS];
    long before = set * layout.count;
    for (int digit = 0; digit < DIGITS; ++digit) {
        places[digit] = before + counts[(set * DIGITS + digit) * layout.chunks + chunk];
        before += totals[set * DIGITS + digit];
    }
    const long end = min(layout.count, (chunk + 1) * CHUNK);
    for (long i = set * layout.count + chunk * CHUNK; i < set * layout.count + end; ++i) {
        const int key = keys[i];
        const long place = places[key >> layout.shift & (DIGITS - 1)]++;
        moved_keys[place] = key;
        moved_positions[place] = positions[i];
    }
}

// Where each row's positions begin. global (sets x count, rounded up)
__kernel void scatter_sort_firsts(const __global int *restrict keys, __global int *restrict firsts, SortLayout layout) {
    const long item = get_global_id(0);
    if (item >= layout.sets * layout.count) return;
    const long i = item % layout.count;
    const int key = keys[item];
    if (key < layout.rows && (i == 0 || keys[item - 1] != key))
        firsts[item / layout.count * layout.rows + key] = (int)i;
}

// One element of the result. global (inner x rows x outer, rounded up)
__kernel void scatter_sort_add(const __global ELEMENT *restrict source, const __global int *restrict keys,
                               const __global int *restrict positions, const __global int *restrict firsts,
                               __global ELEMENT *restrict output, SortLayout layout) {
    const long item = get_global_id(0);
    const long element = item % layout.inner;
    const long row = item / layout.inner % layout.rows;
    const long outer = item / layout.inner / layout.rows;
    if (outer >= layout.outer) return;
    source += layout.source_offset + outer * layout.count * layout.inner + element;
    const long set = layout.index_stride > 0 ? outer : 0;
    keys += set * layout.count;
    positions += set * layout.count;
    ELEMENT sum = 0;
    for (long i = firsts[set * layout.rows + row]; i < layout.count && keys[i] == row; ++i)
        sum = sum + source[positions[i] * layout.inner];
    output[layout.output_offset + (outer * layout.rows + row) * layout.inner + element] = sum;
}
