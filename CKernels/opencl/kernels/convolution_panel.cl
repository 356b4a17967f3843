// 2-D convolution as a product of panels, for devices that are CPUs; follows panel.cl.
//
// Forward and input gradient: the rows of A are the pixels of the result, k runs over the taps of the filter and,
// fastest, the channels that are summed; each work-item collects the pixels that a panel of A needs into private
// memory, once for all columns. B is the filter, packed by pack_columns. The input gradient is one such product for
// each phase: the pixels whose coordinates leave the same remainders by the stride are reached by the same taps.
//
// Filter gradient: the rows of A are the output channels, packed beforehand (by pack_rows); k runs over the pixels of
// the output; the columns of B are the elements (row, column, input channel) of the filter, collected by each
// work-item.
//
// Layout of a run of k: with one group and without horizontal dilation the taps of a filter's row are adjacent in
// the image, so a whole row of taps is copied at once; else one tap.

// What taps see of an image.
typedef struct {
    // The image that is summed over: [batch, height, line], a line holding width x channels elements.
    long source_offset, source_height, source_line, source_image;
    // Position of tap (row, run) for pixel (y, x) of a phase: row y * y_stride + row * tap_row_step + y_origin, and
    // element x * x_stride + run * tap_run_step + x_origin of that line.
    long y_stride, y_origin, tap_row_step;
    long x_stride, x_origin, tap_run_step;
    // Rows of taps, runs of adjacent elements in a row of taps, length of a run.
    long tap_rows, tap_runs, run_length;
    // The last element of the source that may be read, plus one.
    long source_end;
} TapLayout;

typedef struct {
    TapLayout taps;
    // The pixels of the phase, and where each lies in the result.
    long batch, height, width;
    long target_offset, target_image, target_row, target_pixel;
    // Columns of the result in a group, and from one group to the next: of the source, of the result.
    long columns, source_group, target_group;
    long row_panels, column_panels;
} ConvolutionPanelLayout;

// Copies `length` elements from `source[first]` on; those outside [begin, end) are zeros. Whole vectors are stored, so
// up to WIDTH - 1 elements behind the run are overwritten.
SEPARATE void copy_run(float *target, const __global float *source, long first, int length, long begin, long end,
                       long readable) {
    if (first >= begin && first + length <= end && first + length + WIDTH <= readable) {
        for (int position = 0; position < length; position += WIDTH)
            STORE(LOAD(0, source + first + position), 0, target + position);
    } else {
        for (int position = 0; position < length; position += WIDTH) STORE((VECTOR)(0.0f), 0, target + position);
        const int from = (int)clamp(begin - first, 0L, (long)length);
        const int to = (int)clamp(end - first, 0L, (long)length);
        for (int position = from; position < to; ++position) target[position] = source[first + position];
    }
}

// A pixel in the order of the result's pixels.
typedef struct {
    long image, y, x;
} PixelPlace;

static inline PixelPlace pixel_place(long pixel, long height, long width) {
    PixelPlace place;
    place.x = pixel % width;
    place.y = pixel / width % height;
    place.image = pixel / width / height;
    return place;
}

static inline PixelPlace next_pixel(PixelPlace place, long height, long width) {
    PixelPlace next;
    const long x = place.x + 1;
    const long y = place.y + (x == width ? 1 : 0);
    next.x = x == width ? 0 : x;
    next.y = y == height ? 0 : y;
    next.image = place.image + (y == height ? 1 : 0);
    return next;
}

// A place in the order of k: a row of taps, a run in it, and an element of the run.
typedef struct {
    int row, run, element;
} TapPlace;

static inline TapPlace tap_place(const TapLayout *layout, long k) {
    const long run = k / layout->run_length;
    TapPlace place;
    place.element = (int)(k % layout->run_length);
    place.row = (int)(run / layout->tap_runs);
    place.run = (int)(run % layout->tap_runs);
    return place;
}

// Collects what `length` taps from `place` on see from one pixel.
SEPARATE void collect_pixel(float *target, const __global float *source, const TapLayout *layout, PixelPlace pixel,
                            TapPlace place, int length) {
    const long top = pixel.y * layout->y_stride + layout->y_origin;
    const long left = pixel.x * layout->x_stride + layout->x_origin;
    // Copies, because some compilers let changes of a structure parameter out.
    int tap_row = place.row;
    int run = place.run;
    int element = place.element;
    int position = 0;
    while (position < length) {
        const int here = min((int)layout->run_length - element, length - position);
        const long row = top + tap_row * layout->tap_row_step;
        const bool inside = row >= 0 && row < layout->source_height;
        const long line = pixel.image * layout->source_image + row * layout->source_line;
        copy_run(target + position, source, line + left + run * layout->tap_run_step + element, here, line,
                 inside ? line + layout->source_line : line, layout->source_end);
        position += here;
        element = 0;
        if (++run == layout->tap_runs) {
            run = 0;
            ++tap_row;
        }
    }
}

// global (tiles of columns, tiles of rows, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void convolution_packed(const __global float *restrict source,
                                                                                const __global float *restrict filter,
                                                                                __global float *restrict output,
                                                                                ConvolutionPanelLayout layout) {
    const long k = layout.taps.tap_rows * layout.taps.tap_runs * layout.taps.run_length;
    const long width = layout.width;
    const long height = layout.height;
    const long target_image = layout.target_image;
    const long target_row = layout.target_row;
    const long target_pixel = layout.target_pixel;
    const long all_of_columns = layout.columns;
    const long pixels = layout.batch * height * width;
    const long all_columns = (all_of_columns + COLUMNS - 1) / COLUMNS;
    const long first_panel = get_global_id(0) * layout.column_panels;
    const long end_panel = min(first_panel + layout.column_panels, all_columns);
    const long first_row = get_global_id(1) * layout.row_panels * ROWS;
    const long end_row = min(first_row + layout.row_panels * ROWS, pixels);
    const long group = get_global_id(2);
    // A group's channels are elements of each line, so that what lies beside the line is told by its own coordinates.
    TapLayout taps = layout.taps;
    taps.x_origin += group * layout.source_group;
    source += taps.source_offset;
    filter += group * all_columns * k * COLUMNS;
    output += layout.target_offset + group * layout.target_group;
    float panel[ROWS * ROW_STEP];
    long targets[ROWS];
    VECTOR sums[ROWS][2];
    // Without taps the result is zero.
    for (long start = 0; start == 0 || start < k; start += BLOCK) {
        const int length = (int)min((long)BLOCK, k - start);
        const TapPlace place = tap_place(&taps, start);
        PixelPlace pixel = pixel_place(first_row, height, width);
        for (long first = first_row; first < end_row; first += ROWS) {
            const int rows = (int)min((long)ROWS, end_row - first);
            for (int row = 0; row < ROWS; ++row) {
                if (row < rows) {
                    collect_pixel(panel + row * ROW_STEP, source, &taps, pixel, place, length);
                    targets[row] = pixel.image * target_image + pixel.y * target_row + pixel.x * target_pixel;
                    pixel = next_pixel(pixel, height, width);
                } else {
                    for (int position = 0; position < length; ++position) panel[row * ROW_STEP + position] = 0.0f;
                }
            }
            for (long column = first_panel; column < end_panel; ++column) {
                product_private_global(panel, filter + (column * k + start) * COLUMNS, COLUMNS, length, sums);
                const int columns = (int)min((long)COLUMNS, all_of_columns - column * COLUMNS);
                __global float *target = output + column * COLUMNS;
                UNROLL for (int row = 0; row < ROWS; ++row) {
                    if (row < rows)
                        store_row(target + targets[row], 1, columns, start == 0, sums[row][0], sums[row][1]);
                }
            }
        }
    }
}

// The filter gradient's A: the output gradient [pixels, channels] of each group in panels of rows (channels).
// source [k][row_stride], target [group][block][panel][ROWS][ROW_STEP]; global (panels, blocks, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void pack_rows(const __global float *restrict source,
                                                                       long offset, __global float *restrict target,
                                                                       long k, long step, long rows) {
    const long panel = get_global_id(0);
    const long block = get_global_id(1);
    const long group = get_global_id(2);
    const long first_row = panel * ROWS;
    const long start = block * BLOCK;
    const int length = (int)min((long)BLOCK, k - start);
    target += ((group * get_global_size(1) + block) * get_global_size(0) + panel) * (ROWS * ROW_STEP);
    pack_global(target, ROW_STEP, ROWS, length, source + offset + group * rows + first_row + start * step, 1, step,
                (int)min((long)ROWS, rows - first_row), length);
}

typedef struct {
    TapLayout taps;
    // The pixels of the output.
    long batch, height, width;
    long source_group;
    // Output channels in a group; the blocks of k that are packed, from `packed_first` on; of these the first that is
    // summed, and how many make a run.
    long rows, packed_first, packed_blocks, first_block, blocks;
    // Whether sums are added to those that an earlier launch left.
    long adds;
    long column_panels;
} FilterGradientLayout;

// Collects what `columns` taps from `place` on see from `length` pixels from `pixel` on: lines of COLUMNS elements.
SEPARATE void collect_panel(float *panel, const __global float *source, const TapLayout *layout, PixelPlace pixel,
                            long height, long width, TapPlace place, int columns, int length) {
    const long line_length = layout->source_line;
    const long step = layout->x_stride;
    const bool is_one_run = columns == COLUMNS && place.element + COLUMNS <= layout->run_length;
    const long first = layout->x_origin + place.run * layout->tap_run_step + place.element;
    for (int index = 0; index < length;) {
        // The rest of a line of pixels sees one line of the image.
        const int count = (int)min(width - pixel.x, (long)(length - index));
        const long row = pixel.y * layout->y_stride + layout->y_origin + place.row * layout->tap_row_step;
        const bool inside = row >= 0 && row < layout->source_height;
        const __global float *line = source + pixel.image * layout->source_image + row * layout->source_line;
        for (int here = 0; here < count; ++here) {
            float *target = panel + (index + here) * COLUMNS;
            const long element = first + (pixel.x + here) * step;
            if (is_one_run && inside && element >= 0 && element + COLUMNS <= line_length) {
                STORE(LOAD(0, line + element), 0, target);
                STORE(LOAD(1, line + element), 1, target);
            } else {
                PixelPlace other = pixel;
                other.x = pixel.x + here;
                collect_pixel(target, source, layout, other, place, columns);
                for (int column = columns; column < COLUMNS; ++column) target[column] = 0.0f;
            }
        }
        index += count;
        pixel.x += count - 1;
        pixel = next_pixel(pixel, height, width);
    }
}

// Sums of panels of the filter's gradient: [group][run][column panel][row panel][ROWS][COLUMNS].
// A work-item goes through a block of pixels for several panels, so that the pixels stay near.
// global (tiles of `column_panels` panels, runs of blocks, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
filter_gradient_packed(const __global float *restrict source, const __global float *restrict gradient,
                       __global float *restrict sums_of_runs, FilterGradientLayout layout) {
    const long elements = layout.taps.tap_rows * layout.taps.tap_runs * layout.taps.run_length;
    const long width = layout.width;
    const long height = layout.height;
    const long pixels = layout.batch * height * width;
    const long all_panels = (elements + COLUMNS - 1) / COLUMNS;
    const long first_panel = get_global_id(0) * layout.column_panels;
    const long end_panel = min(first_panel + layout.column_panels, all_panels);
    const long run = get_global_id(1);
    const long group = get_global_id(2);
    const long row_panels = (layout.rows + ROWS - 1) / ROWS;
    const long first_block = layout.first_block + run * layout.blocks;
    const long end_block = min(first_block + layout.blocks, layout.packed_first + layout.packed_blocks);
    TapLayout taps = layout.taps;
    taps.x_origin += group * layout.source_group;
    source += taps.source_offset;
    gradient += group * layout.packed_blocks * row_panels * (ROWS * ROW_STEP);
    sums_of_runs += (group * get_global_size(1) + run) * all_panels * row_panels * (ROWS * COLUMNS);
    // One vector more, because runs are copied in whole vectors.
    float b_panel[BLOCK * COLUMNS + WIDTH];
    VECTOR sums[ROWS][2];
    for (long block = first_block; block < end_block; ++block) {
        const long start = block * BLOCK;
        const int length = (int)min((long)BLOCK, pixels - start);
        for (long panel = first_panel; panel < end_panel; ++panel) {
            const int columns = (int)min((long)COLUMNS, elements - panel * COLUMNS);
            collect_panel(b_panel, source, &taps, pixel_place(start, height, width), height, width,
                          tap_place(&taps, panel * COLUMNS), columns, length);
            for (long row = 0; row < row_panels; ++row) {
                product_global_private(gradient +
                                           ((block - layout.packed_first) * row_panels + row) * (ROWS * ROW_STEP),
                                       b_panel, COLUMNS, length, sums);
                store_panel(sums_of_runs + (panel * row_panels + row) * (ROWS * COLUMNS), COLUMNS, 1, ROWS, COLUMNS,
                            block == first_block && !layout.adds, sums);
            }
        }
    }
}

// The filter's gradient from the sums of runs, added in increasing order: to zero, or (is_first = 0) to what is there.
// filter [elements][output channels]; global (column panels, row panels, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
filter_gradient_unpack(const __global float *restrict sums_of_runs, __global float *restrict filter, long offset,
                       long elements, long rows, long step, long runs, int is_first) {
    const long panel = get_global_id(0);
    const long row_panel = get_global_id(1);
    const long group = get_global_id(2);
    const long run_step = get_global_size(0) * get_global_size(1) * ROWS * COLUMNS;
    sums_of_runs += group * runs * run_step + (panel * get_global_size(1) + row_panel) * (ROWS * COLUMNS);
    filter += offset + group * rows + panel * COLUMNS * step + row_panel * ROWS;
    const int row_count = (int)min((long)ROWS, rows - row_panel * ROWS);
    const int column_count = (int)min((long)COLUMNS, elements - panel * COLUMNS);
    for (int column = 0; column < column_count; ++column) {
        for (int row = 0; row < row_count; ++row) {
            const __global float *part = sums_of_runs + row * COLUMNS + column;
            __global float *target = filter + column * step + row;
            float sum = is_first ? part[0] : *target + part[0];
            for (long run = 1; run < runs; ++run) sum = sum + part[run * run_step];
            *target = sum;
        }
    }
}
