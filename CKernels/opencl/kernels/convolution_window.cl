// 2-D convolutions of images with few channels, forward and filter gradient: the windows of the filter are read in
// place from lines of the image that each work-item copies, with their padding, into a band [line][x][channel]. A
// window of few channels is so short that collecting it would take as long as its products.
//
// Forward: tiles of PIXELS neighbouring pixels of a line by a panel of output channels; k runs over the terms of
// image_taps.cl. Filter gradient: tiles of TERMS elements (row, column, input channel) of the filter by a panel of
// output channels; k runs over the pixels of the output, whose gradient is read in place.
//
// Order of additions: Numerics.md. Follows image_taps.cl. Parameters: VECTORS (of a panel of columns), PIXELS, TERMS.

// Lines of the image from `first` on into a band.
SEPARATE void fill_band(const ImageTaps *layout, const __global float *image, long first, long lines,
                        __global float *band) {
    const long channels = layout->channels;
    const long pixel = layout->image_channels;
    for (long line = 0; line < lines; ++line, band += layout->line_step) {
        const long row = first + line;
        const long2 inside = pixels_inside(layout, row);
        const __global float *from = image + (row * layout->image_width + layout->first[1]) * pixel;
        fill_zeros(band, inside.x * channels);
        if (channels == pixel) {
            long position = inside.x * channels;
            const long end = inside.y * channels;
            for (; position + WIDTH <= end; position += WIDTH) STORE(LOAD(0, from + position), 0, band + position);
            for (; position < end; ++position) band[position] = from[position];
        } else {
            for (long x = inside.x; x < inside.y; ++x)
                for (long channel = 0; channel < channels; ++channel)
                    band[x * channels + channel] = from[x * pixel + channel];
        }
        fill_zeros(band + inside.y * channels, (layout->pitch - inside.y) * channels);
    }
}

// Stores a row of sums, or adds it to what is there.
static inline void store_row(VECTOR sums[VECTORS], __global float *target, bool adds) {
    UNROLL for (int part = 0; part < VECTORS; ++part)
        STORE(adds ? LOAD(part, target) + sums[part] : sums[part], part, target);
}

// Rows of sums that are not whole tiles go through `tile`, [rows][COLUMNS].
SEPARATE void copy_tile(const __global float *tile, __global float *target, long step, int rows, int columns) {
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) target[row * step + column] = tile[row * COLUMNS + column];
}

// Products of PIXELS pixels, `step` elements apart, with a panel of columns, to rows of `target`.
SEPARATE void multiply_pixels(const __global float *band, long step, const __global int *distances,
                              const __global float *weights, int terms, __global float *target, long target_step) {
    for (int start = 0; start < terms; start += BLOCK) {
        const int end = min(start + BLOCK, terms);
        VECTOR sums[PIXELS][VECTORS];
        UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel) {
            UNROLL for (int part = 0; part < VECTORS; ++part) sums[pixel][part] = (VECTOR)(0.0f);
        }
        for (int term = start; term < end; ++term) {
            const __global float *from = band + distances[term];
            VECTOR columns[VECTORS];
            UNROLL for (int part = 0; part < VECTORS; ++part) columns[part] = LOAD(part, weights + term * COLUMNS);
            UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel) {
                const VECTOR element = (VECTOR)(from[pixel * step]);
                UNROLL for (int part = 0; part < VECTORS; ++part) sums[pixel][part] =
                    fma(element, columns[part], sums[pixel][part]);
            }
        }
        if (start == 0) {
            UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel)
                store_row(sums[pixel], target + pixel * target_step, false);
        } else {
            UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel)
                store_row(sums[pixel], target + pixel * target_step, true);
        }
    }
}

SEPARATE void compute_bands(const ImageTaps *layout, const __global float *image, const __global float *filter,
                            __global float *target, __global int *distances, __global float *workspace, long item,
                            long items) {
    const long width = layout->target_width;
    const long channels = layout->target_channels;
    const long step = layout->position_step[1] * layout->channels;
    const int terms = (int)layout->terms;
    collect_terms(layout, 0, 0, filter, distances, workspace, terms);
    __global float *tile = workspace + layout->floats_before_lines;
    __global float *band = tile + PIXELS * COLUMNS;
    for (long number = item; number < layout->batch * layout->bands; number += items) {
        const long index = number / layout->bands;
        const long line = number % layout->bands * layout->band_lines;
        const long lines = min(layout->band_lines, layout->target_height - line);
        fill_band(layout, image + index * layout->image_height * layout->image_width * layout->image_channels,
                  line * layout->position_step[0] + layout->first[0],
                  (lines - 1) * layout->position_step[0] + layout->reach[0], band);
        for (long column = 0; column < layout->columns; column += COLUMNS) {
            const int columns = (int)min((long)COLUMNS, layout->columns - column);
            const bool is_whole = columns == COLUMNS && width >= PIXELS;
            for (long y = 0; y < lines; ++y) {
                const __global float *from = band + y * layout->position_step[0] * layout->line_step;
                __global float *to = target + (index * layout->target_height + line + y) * width * channels + column;
                for (long position = 0; position < width; position += PIXELS) {
                    // The last pixels of a line are computed with some before them.
                    const long x = max(0L, min(position, width - PIXELS));
                    multiply_pixels(from + x * step, step, distances, workspace + column * terms, terms,
                                    is_whole ? to + x * channels : tile, is_whole ? channels : (long)COLUMNS);
                    if (!is_whole) copy_tile(tile, to + x * channels, channels, (int)min((long)PIXELS, width), columns);
                }
            }
        }
    }
}

// global (work-items that share the bands, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
window_forward(const __global float *restrict image, const __global float *restrict filter,
               __global float *restrict target, __global int *restrict distances, __global float *restrict workspace,
               const ImageTaps layout) {
    const long item = get_global_id(0);
    const long items = get_global_size(0);
    const long group = get_global_id(1);
    const long slot = group * items + item;
    compute_bands(&layout, image + layout.image_offset + group * layout.channels,
                  filter + layout.filter_offset + group * layout.filter_group,
                  target + layout.target_offset + group * layout.columns, distances + slot * layout.distances,
                  workspace + slot * layout.floats, item, items);
}

// Adjacent pixels of the output that one line of a band shows: the distance of the first one's window in the band, and
// how many they are.
typedef struct {
    int place, length;
} PixelRun;

// Fills a band with what the output pixels `first` ..< `end` see. Returns the number of runs.
SEPARATE int fill_windows(const ImageTaps *layout, const __global float *image, long first, long end,
                          __global float *band, PixelRun *runs) {
    const long width = layout->target_width;
    const long height = layout->target_height;
    long place = 0;
    int count = 0;
    for (long pixel = first; pixel < end;) {
        const long line = pixel / width;
        const long index = line / height;
        const long y = line % height;
        const long lines = min(height - y, (end - 1) / width - line + 1);
        const long filled = (lines - 1) * layout->position_step[0] + layout->reach[0];
        fill_band(layout, image + index * layout->image_height * layout->image_width * layout->image_channels,
                  y * layout->position_step[0] + layout->first[0], filled, band + place);
        for (long next = 0; next < lines; ++next) {
            const long start = (line + next) * width;
            runs[count].place = (int)(place + next * layout->position_step[0] * layout->line_step +
                                      (pixel - start) * layout->position_step[1] * layout->channels);
            runs[count].length = (int)(min(end, start + width) - pixel);
            pixel += runs[count].length;
            ++count;
        }
        place += filled * layout->line_step;
    }
    return count;
}

// Sums over the pixels of `runs` of TERMS elements of the filter and a panel of columns, whose rows lie `step` apart.
SEPARATE void multiply_terms(const __global float *band, const __global int *distances, const PixelRun *runs, int count,
                             long pixel, const __global float *gradient, long step, __global float *target,
                             long target_step) {
    const __global float *places[TERMS];
    VECTOR sums[TERMS][VECTORS];
    UNROLL for (int term = 0; term < TERMS; ++term) {
        UNROLL for (int part = 0; part < VECTORS; ++part) sums[term][part] = (VECTOR)(0.0f);
        places[term] = band + distances[term];
    }
    for (int run = 0; run < count; ++run) {
        long place = runs[run].place;
        const int length = runs[run].length;
        for (int x = 0; x < length; ++x, place += pixel, gradient += step) {
            VECTOR columns[VECTORS];
            UNROLL for (int part = 0; part < VECTORS; ++part) columns[part] = LOAD(part, gradient);
            UNROLL for (int term = 0; term < TERMS; ++term) {
                const VECTOR element = (VECTOR)(places[term][place]);
                UNROLL for (int part = 0; part < VECTORS; ++part) sums[term][part] =
                    fma(element, columns[part], sums[term][part]);
            }
        }
    }
    UNROLL for (int term = 0; term < TERMS; ++term) store_row(sums[term], target + term * target_step, false);
}

SEPARATE void sum_blocks(const ImageTaps *layout, const __global float *image, const __global float *gradient,
                         __global float *sums_of_blocks, __global int *distances, __global float *workspace, long item,
                         long items) {
    const long channels = layout->target_channels;
    const long pixels = layout->batch * layout->target_height * layout->target_width;
    const int terms = (int)layout->terms;
    collect_terms(layout, 0, 0, 0, distances, 0, terms);
    for (int term = terms; term % TERMS != 0; ++term) distances[term] = 0;
    // The columns that fill no panel, with zeros.
    __global float *rest = workspace;
    __global float *tile = workspace + layout->floats_before_lines;
    __global float *band = tile + TERMS * COLUMNS;
    PixelRun runs[BLOCK];
    for (long block = item; block < layout->blocks; block += items) {
        const long first = (layout->first_block + block) * BLOCK;
        const long end = min(first + BLOCK, pixels);
        const int count = fill_windows(layout, image, first, end, band, runs);
        __global float *target = sums_of_blocks + block * terms * channels;
        for (long column = 0; column < layout->columns; column += COLUMNS) {
            const int columns = (int)min((long)COLUMNS, layout->columns - column);
            const __global float *from = gradient + first * channels + column;
            if (columns < COLUMNS) {
                for (long pixel = 0; pixel < end - first; ++pixel)
                    for (int c = 0; c < COLUMNS; ++c)
                        rest[pixel * COLUMNS + c] = c < columns ? from[pixel * channels + c] : 0.0f;
            }
            for (int term = 0; term < terms; term += TERMS) {
                const bool is_whole = columns == COLUMNS && term + TERMS <= terms;
                __global float *to = target + term * channels + column;
                multiply_terms(band, distances + term, runs, count, layout->position_step[1] * layout->channels,
                               columns < COLUMNS ? rest : from, columns < COLUMNS ? (long)COLUMNS : channels,
                               is_whole ? to : tile, is_whole ? channels : (long)COLUMNS);
                if (!is_whole) copy_tile(tile, to, channels, min(TERMS, terms - term), columns);
            }
        }
    }
}

// Sums of blocks of pixels, each a filter: [block][element][output channel].
// global (work-items that share the blocks, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
window_filter_gradient(const __global float *restrict image, const __global float *restrict gradient,
                       __global float *restrict sums_of_blocks, __global int *restrict distances,
                       __global float *restrict workspace, const ImageTaps layout) {
    const long item = get_global_id(0);
    const long items = get_global_size(0);
    const long group = get_global_id(1);
    const long slot = group * items + item;
    sum_blocks(&layout, image + layout.image_offset + group * layout.channels,
               gradient + layout.target_offset + group * layout.columns, sums_of_blocks + group * layout.columns,
               distances + slot * layout.distances, workspace + slot * layout.floats, item, items);
}

// Adds up the sums of blocks in increasing order: to nothing, or (is_first = 0) to what is in `filter`.
// global (parts of `part` elements)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void add_blocks(const __global float *restrict sums_of_blocks,
                                                                        __global float *restrict filter, long offset,
                                                                        long elements, long blocks, long part,
                                                                        int is_first) {
    const long begin = get_global_id(0) * part;
    const long end = min(begin + part, elements);
    filter += offset;
    long element = begin;
    for (; element + WIDTH <= end; element += WIDTH) {
        VECTOR sum = LOAD(0, sums_of_blocks + element);
        if (!is_first) sum = LOAD(0, filter + element) + sum;
        for (long block = 1; block < blocks; ++block) sum = sum + LOAD(0, sums_of_blocks + block * elements + element);
        STORE(sum, 0, filter + element);
    }
    for (; element < end; ++element) {
        float sum = is_first ? sums_of_blocks[element] : filter[element] + sums_of_blocks[element];
        for (long block = 1; block < blocks; ++block) sum = sum + sums_of_blocks[block * elements + element];
        filter[element] = sum;
    }
}
