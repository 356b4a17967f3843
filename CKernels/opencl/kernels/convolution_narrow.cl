// 2-D convolutions with few channels in the result, forward where the stride is 1, and input gradients: positions run
// in the lanes of vectors and weights are broadcast, because the few channels would leave most lanes empty.
//
// Each work-item copies lines of the image into planes [channel][line][x], so that what a tap sees at neighbouring
// positions is a vector; vectors run on from line to line, over the padding too, whose sums are thrown away. All phases
// of an input gradient see the same planes. Order of additions: Numerics.md.
//
// Follows image_taps.cl. Parameters: COLUMNS (channels of the result in a group), VECTORS (of positions in registers:
// as many as fill them with sums).

#define POSITIONS (VECTORS * WIDTH)

// Lines of the image from `first` on into planes.
SEPARATE void fill_planes(const ImageTaps *layout, const __global float *image, long first, long lines,
                          __global float *planes) {
    const long plane = layout->channel_step;
    const long pixel = layout->image_channels;
    for (long line = 0; line < lines; ++line) {
        const long row = first + line;
        const long2 inside = pixels_inside(layout, row);
        const __global float *from = image + (row * layout->image_width + layout->first[1]) * pixel;
        __global float *to = planes + line * layout->pitch;
        long channel = 0;
        for (; channel + 4 <= layout->channels; channel += 4) {
            __global float *const plane0 = to + channel * plane;
            long x = inside.x;
            for (; x + 4 <= inside.y; x += 4) {
                const float4 a = vload4(0, from + x * pixel + channel);
                const float4 b = vload4(0, from + (x + 1) * pixel + channel);
                const float4 c = vload4(0, from + (x + 2) * pixel + channel);
                const float4 d = vload4(0, from + (x + 3) * pixel + channel);
                vstore4((float4)(a.x, b.x, c.x, d.x), 0, plane0 + x);
                vstore4((float4)(a.y, b.y, c.y, d.y), 0, plane0 + plane + x);
                vstore4((float4)(a.z, b.z, c.z, d.z), 0, plane0 + 2 * plane + x);
                vstore4((float4)(a.w, b.w, c.w, d.w), 0, plane0 + 3 * plane + x);
            }
            for (; x < inside.y; ++x)
                for (long part = 0; part < 4; ++part) plane0[part * plane + x] = from[x * pixel + channel + part];
        }
        for (; channel < layout->channels; ++channel)
            for (long x = inside.x; x < inside.y; ++x) to[channel * plane + x] = from[x * pixel + channel];
        for (channel = 0; channel < layout->channels; ++channel) {
            fill_zeros(to + channel * plane, inside.x);
            fill_zeros(to + channel * plane + inside.y, layout->pitch - inside.y);
        }
    }
}

// The sums of POSITIONS positions: sums[column][position].
SEPARATE void sum_positions(const __global float *planes, const __global int *distances, const __global float *weights,
                            int terms, float *sums) {
    for (int start = 0; start == 0 || start < terms; start += BLOCK) {
        const int end = min(start + BLOCK, terms);
        VECTOR chains[COLUMNS][VECTORS];
        UNROLL for (int column = 0; column < COLUMNS; ++column) {
            UNROLL for (int part = 0; part < VECTORS; ++part) chains[column][part] = (VECTOR)(0.0f);
        }
        for (int term = start; term < end; ++term) {
            const __global float *from = planes + distances[term];
            VECTOR seen[VECTORS];
            UNROLL for (int part = 0; part < VECTORS; ++part) seen[part] = LOAD(part, from);
            UNROLL for (int column = 0; column < COLUMNS; ++column) {
                const VECTOR weight = (VECTOR)(weights[term * COLUMNS + column]);
                UNROLL for (int part = 0; part < VECTORS; ++part) chains[column][part] =
                    fma(seen[part], weight, chains[column][part]);
            }
        }
        UNROLL for (int column = 0; column < COLUMNS; ++column) {
            UNROLL for (int part = 0; part < VECTORS; ++part) {
                float *place = sums + column * POSITIONS;
                STORE(start == 0 ? chains[column][part] : LOAD(part, place) + chains[column][part], part, place);
            }
        }
    }
}

// Stores sums of `count` positions from `position` on, where `target` is the first pixel of a band, `pixel_step` from
// one to the next of a line and `line_step` from line to line of `width` pixels.
SEPARATE void store_positions(const ImageTaps *layout, const float *sums, __global float *target, long position,
                              long count, long width, long line_step, long pixel_step) {
    const long end = position + count;
    for (long line = position / layout->pitch; position < end; ++line) {
        const long start = line * layout->pitch;
        const long stop = min(start + width, end);
        __global float *to = target + line * line_step + (position - start) * pixel_step;
        for (; position < stop; ++position, ++sums, to += pixel_step) {
            UNROLL for (int column = 0; column < COLUMNS; ++column) to[column] = sums[column * POSITIONS];
        }
        sums += start + layout->pitch - position;
        position = start + layout->pitch;
    }
}

// Lines of the result from `line` on, which belong to one image: one phase of them.
static inline void compute_phase(const ImageTaps *layout, const __global float *planes, const __global int *distances,
                                 const __global float *weights, int terms, __global float *target, long line,
                                 int row_phase, int column_phase) {
    const long row_phases = layout->phases[0];
    const long column_phases = layout->phases[1];
    const long height = (layout->target_height - row_phase + row_phases - 1) / row_phases;
    const long width = (layout->target_width - column_phase + column_phases - 1) / column_phases;
    const long lines = min(layout->band_lines, height - line);
    if (lines <= 0 || width <= 0) return;
    const long pixel_step = column_phases * layout->target_channels;
    const long line_step = row_phases * layout->target_width * layout->target_channels;
    target += ((line * row_phases + row_phase) * layout->target_width + column_phase) * layout->target_channels;
    const long used = (lines - 1) * layout->pitch + width;
    float sums[COLUMNS * POSITIONS];
    for (long position = 0; position < used; position += POSITIONS) {
        // The last positions are computed with some before them.
        const long place = max(0L, min(position, used - POSITIONS));
        sum_positions(planes + place, distances, weights, terms, sums);
        store_positions(layout, sums, target, place, min((long)POSITIONS, used - place), width, line_step, pixel_step);
    }
}

SEPARATE void compute_bands(const ImageTaps *layout, const __global float *image, const __global float *filter,
                            __global float *target, __global int *distances, __global float *workspace, long item,
                            long items) {
    const int row_phases = (int)min(layout->phases[0], layout->target_height);
    const int column_phases = (int)min(layout->phases[1], layout->target_width);
    __global float *planes = workspace + layout->floats_before_lines;
    // Each tap belongs to one phase, whose number of terms stands before them.
    int place = 0;
    for (int row = 0; row < row_phases; ++row) {
        for (int column = 0; column < column_phases; ++column) {
            distances[place] =
                collect_terms(layout, row, column, filter, distances + place + 1, workspace + place * COLUMNS, 0);
            place += distances[place] + 1;
        }
    }
    for (long band = item; band < layout->batch * layout->bands; band += items) {
        const long number = band / layout->bands;
        const long line = band % layout->bands * layout->band_lines;
        fill_planes(layout, image + number * layout->image_height * layout->image_width * layout->image_channels,
                    line + layout->first[0], layout->band_lines + layout->reach[0] - 1, planes);
        __global float *to = target + number * layout->target_height * layout->target_width * layout->target_channels;
        place = 0;
        for (int row = 0; row < row_phases; ++row) {
            for (int column = 0; column < column_phases; ++column) {
                compute_phase(layout, planes, distances + place + 1, workspace + place * COLUMNS, distances[place], to,
                              line, row, column);
                place += distances[place] + 1;
            }
        }
    }
}

// global (work-items that share the bands, groups)
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
convolution_narrow(const __global float *restrict image, const __global float *restrict filter,
                   __global float *restrict target, __global int *restrict distances,
                   __global float *restrict workspace, const ImageTaps layout) {
    const long item = get_global_id(0);
    const long items = get_global_size(0);
    const long group = get_global_id(1);
    const long slot = group * items + item;
    compute_bands(&layout, image + layout.image_offset + group * layout.channels,
                  filter + layout.filter_offset + group * layout.filter_group,
                  target + layout.target_offset + group * layout.columns, distances + slot * layout.distances,
                  workspace + slot * layout.floats, item, items);
}
