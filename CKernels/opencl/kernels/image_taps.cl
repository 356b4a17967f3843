// What the taps of a filter see of an image, for the kernels that copy lines of it with their padding into a workspace
// of their own, where each tap and channel lies at a fixed distance from a position: the terms of a sum are then read
// in place, one distance a term.
//
// Position y of phase p sees tap t at row y * position_step + (p + origin + t * tap_step) / phases of the image, if
// that has no remainder; columns likewise. Forward, there is one phase. In an input gradient positions that leave the
// same remainder by the stride are a phase, and the "image" is the output's gradient.
//
// For devices that are CPUs: work-items are few, and each goes through many lines. Follows vectors.cl. Parameters:
// COLUMNS, floats in a panel of columns of the result.

#define UNROLL __attribute__((opencl_unroll_hint))
// Some drivers compile what a kernel consists of several times over, and a function that is not inlined once.
#define SEPARATE static __attribute__((noinline))

#define BLOCK 256

typedef struct {
    long kernel_height, kernel_width;
    // Of rows and of columns.
    long phases[2], origin[2], tap_step[2], position_step[2];
    // The image: where it begins, its size, channels of a pixel, and channels of a group.
    long image_offset, image_height, image_width, image_channels, channels;
    // The first row (column) that position 0 of any phase sees, and how many it may see from there on.
    long first[2], reach[2];
    // Pixels in a line of the workspace, and elements from line to line, pixel to pixel, channel to channel.
    long pitch, line_step, pixel_step, channel_step;
    // The filter: element (tap, channel, column) of a group, from group to group; columns of a group.
    long filter_offset, filter_tap, filter_channel, filter_column, filter_group, columns;
    // The result (or what takes its place: the output's gradient where the filter's is computed).
    long batch, target_offset, target_height, target_width, target_channels;
    // Lines of positions in a band, bands of an image.
    long band_lines, bands;
    // The terms of all phases. A work-item's parts of what is shared: distances, floats; floats before its lines.
    long terms, distances, floats, floats_before_lines;
    // Filter gradient: the first block of k that is summed, and how many are.
    long first_block, blocks;
} ImageTaps;

// The distances of the terms that the positions of a phase sum, in order, and (unless `weights` is null) the columns
// that belong to them: [panel][terms][COLUMNS], with zeros for absent ones. Returns the number of terms.
SEPARATE int collect_terms(const ImageTaps *layout, int row_phase, int column_phase, const __global float *filter,
                           __global int *distances, __global float *weights, int terms) {
    int term = 0;
    for (int row = 0; row < layout->kernel_height; ++row) {
        const long down = row_phase + layout->origin[0] + row * layout->tap_step[0];
        if (down % layout->phases[0] != 0) continue;
        for (int column = 0; column < layout->kernel_width; ++column) {
            const long across = column_phase + layout->origin[1] + column * layout->tap_step[1];
            if (across % layout->phases[1] != 0) continue;
            const long place = (down / layout->phases[0] - layout->first[0]) * layout->line_step +
                               (across / layout->phases[1] - layout->first[1]) * layout->pixel_step;
            const __global float *from = filter + (row * layout->kernel_width + column) * layout->filter_tap;
            for (int channel = 0; channel < layout->channels; ++channel, ++term) {
                distances[term] = (int)(place + channel * layout->channel_step);
                if (!weights) continue;
                for (int c = 0; c < layout->columns; ++c)
                    weights[(c / COLUMNS * terms + term) * COLUMNS + c % COLUMNS] =
                        from[channel * layout->filter_channel + c * layout->filter_column];
                for (int c = layout->columns; c % COLUMNS != 0; ++c)
                    weights[(c / COLUMNS * terms + term) * COLUMNS + c % COLUMNS] = 0.0f;
            }
        }
    }
    return term;
}

static inline void fill_zeros(__global float *target, long count) {
    long position = 0;
    for (; position + WIDTH <= count; position += WIDTH) STORE((VECTOR)(0.0f), 0, target + position);
    for (; position < count; ++position) target[position] = 0.0f;
}

// The pixels of a line of the workspace that lie inside the line `row` of the image: from .x on up to .y.
static inline long2 pixels_inside(const ImageTaps *layout, long row) {
    const long begin = clamp(-layout->first[1], 0L, layout->pitch);
    const long end = clamp(layout->image_width - layout->first[1], begin, layout->pitch);
    return (long2)(begin, row >= 0 && row < layout->image_height ? end : begin);
}
