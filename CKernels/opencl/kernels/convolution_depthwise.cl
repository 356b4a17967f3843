// Depthwise 2-D convolutions, forward, and their input gradients where the stride is 1, for devices that are CPUs: one
// work-item computes lines of pixels, all channels of them, several pixels at a time in registers.
//
//   source   [batch, source height, source width, channels]
//   filter   [kernel height, kernel width, channels]
//   target   [batch, target height, target width, channels]
//
// Pixel (y, x) of the target sums the products of taps (r, c), in row-major order, with the source at row
// y * row_stride + row_origin + r * row_step and column x * column_stride + column_origin + c * column_step, or with
// zero where that is outside. There are at most 256 taps: one chain of fma from +0 (Numerics.md).
//
// Follows vectors.cl. Parameters: WIDTH (channels of a vector: 4, 8 or 16; channels are a multiple of it).
// global (lines of all images / lines of an item)

#define UNROLL __attribute__((opencl_unroll_hint))

#define PIXELS 8

typedef struct {
    long source_offset, filter_offset, target_offset;
    long channels;
    long source_height, source_width, target_height, target_width;
    long kernel_height, kernel_width;
    long row_stride, row_origin, row_step;
    long column_stride, column_origin, column_step;
    long lines, lines_of_item;
} DepthwiseLayout;

// PIXELS pixels from `x` on, whose taps are all inside their lines, if those are inside the image.
static inline void several_pixels(const __global float *image, const __global float *filter, __global float *target,
                                  const DepthwiseLayout *layout, long row, long x) {
    const long channels = layout->channels;
    const long step = layout->column_stride * channels;
    const long first = (x * layout->column_stride + layout->column_origin) * channels;
    for (long channel = 0; channel < channels; channel += WIDTH) {
        VECTOR sums[PIXELS];
        UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel) sums[pixel] = (VECTOR)(0.0f);
        const __global float *weights = filter + channel;
        for (long r = 0; r < layout->kernel_height; ++r) {
            const long source_row = row + r * layout->row_step;
            const bool inside = source_row >= 0 && source_row < layout->source_height;
            const __global float *line = image + source_row * layout->source_width * channels + first + channel;
            for (long c = 0; c < layout->kernel_width; ++c) {
                const VECTOR weight = LOAD(0, weights);
                weights += channels;
                if (inside) {
                    const __global float *elements = line + c * layout->column_step * channels;
                    UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel) sums[pixel] =
                        fma(LOAD(0, elements + pixel * step), weight, sums[pixel]);
                } else {
                    UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel) sums[pixel] =
                        fma((VECTOR)(0.0f), weight, sums[pixel]);
                }
            }
        }
        UNROLL for (int pixel = 0; pixel < PIXELS; ++pixel)
            STORE(sums[pixel], 0, target + (x + pixel) * channels + channel);
    }
}

static inline void one_pixel(const __global float *image, const __global float *filter, __global float *target,
                             const DepthwiseLayout *layout, long row, long x) {
    const long channels = layout->channels;
    const long column = x * layout->column_stride + layout->column_origin;
    for (long channel = 0; channel < channels; channel += WIDTH) {
        VECTOR sum = (VECTOR)(0.0f);
        const __global float *weights = filter + channel;
        for (long r = 0; r < layout->kernel_height; ++r) {
            const long source_row = row + r * layout->row_step;
            for (long c = 0; c < layout->kernel_width; ++c) {
                const long source_column = column + c * layout->column_step;
                const bool inside = source_row >= 0 && source_row < layout->source_height && source_column >= 0 &&
                                    source_column < layout->source_width;
                const __global float *element =
                    image + (source_row * layout->source_width + source_column) * channels + channel;
                const VECTOR value = inside ? LOAD(0, element) : (VECTOR)(0.0f);
                sum = fma(value, LOAD(0, weights), sum);
                weights += channels;
            }
        }
        STORE(sum, 0, target + x * channels + channel);
    }
}

// Not inlined, because some drivers compile what a kernel consists of several times over.
static __attribute__((noinline)) void lines(const __global float *source, const __global float *filter,
                                            __global float *target, const DepthwiseLayout *layout, long first_line) {
    const long end_line = min(first_line + layout->lines_of_item, layout->lines);
    // The first and the last column that the taps of a pixel see, from the first tap's.
    const long reach = (layout->kernel_width - 1) * layout->column_step;
    const long left = min(reach, 0L), right = max(reach, 0L);
    for (long line = first_line; line < end_line; ++line) {
        const long image = line / layout->target_height;
        const long row = line % layout->target_height * layout->row_stride + layout->row_origin;
        const __global float *from = source + image * layout->source_height * layout->source_width * layout->channels;
        __global float *to = target + line * layout->target_width * layout->channels;
        for (long x = 0; x < layout->target_width;) {
            const long first = x * layout->column_stride + layout->column_origin;
            const long last = first + (PIXELS - 1) * layout->column_stride;
            if (x + PIXELS <= layout->target_width && first + left >= 0 && last + right < layout->source_width) {
                several_pixels(from, filter, to, layout, row, x);
                x += PIXELS;
            } else {
                one_pixel(from, filter, to, layout, row, x);
                x += 1;
            }
        }
    }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void depthwise_lines(const __global float *source,
                                                                             const __global float *filter,
                                                                             __global float *target,
                                                                             const DepthwiseLayout layout) {
    lines(source + layout.source_offset, filter + layout.filter_offset, target + layout.target_offset, &layout,
          get_global_id(0) * layout.lines_of_item);
}
