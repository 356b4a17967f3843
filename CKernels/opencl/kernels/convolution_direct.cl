// 2-D convolution, one element of the result (WIDTH adjacent channels of it) a work-item: for any device and any
// shape, and on GPUs the best choice where each group has few channels.
//
// Images are [batch, height, width, channels], filters [kernel height, kernel width, channels of a group, output
// channels]. Order of additions: Numerics.md. The products of one element are counted in the order of the loops below;
// every 256 of them are one chain of fma from +0, and block sums are added in increasing order.
//
// Follows vectors.cl. Parameters: WIDE, whether there are too many elements to be counted in 32 bits (GPUs divide in 64
// bits slowly). WIDTH (channels a work-item computes: 1, 4, 8 or 16). Widths above 1 need a multiple of WIDTH output
// channels in each group, or (DEPTHWISE) groups of one input and one output channel and a multiple of WIDTH groups. The
// input gradient has widths above 1 for depthwise convolutions only.

// An image's element for each channel of the vector: its own, or the same for all.
#if DEPTHWISE
#    define IMAGE_ELEMENTS(pointer) LOAD(0, pointer)
#else
#    define IMAGE_ELEMENTS(pointer) ((VECTOR)(*(pointer)))
#endif

#define BLOCK 256

#if WIDE
typedef long INDEX;
#else
typedef int INDEX;
#endif

typedef struct {
    INDEX first_offset, second_offset, output_offset;
    INDEX input_height, input_width, input_channels;
    INDEX output_height, output_width, output_channels;
    INDEX kernel_height, kernel_width;
    INDEX stride_height, stride_width;
    INDEX padding_top, padding_left;
    INDEX dilation_height, dilation_width;
    INDEX group_inputs, group_outputs;
    INDEX batch;
    // Filter gradient: the first block of k to sum, and how many blocks one work-item sums.
    INDEX first_block, blocks;
    // Vectors of the result.
    INDEX items;
} ConvolutionLayout;

// A sum in blocks.
typedef struct {
    VECTOR total, block;
    int count;
    bool is_first;
} BlockedSum;

static inline BlockedSum empty_sum(void) {
    BlockedSum sum;
    sum.total = (VECTOR)(0.0f);
    sum.block = (VECTOR)(0.0f);
    sum.count = 0;
    sum.is_first = true;
    return sum;
}

static inline void close_block(BlockedSum *sum) {
    sum->total = sum->is_first ? sum->block : sum->total + sum->block;
    sum->is_first = false;
    sum->block = (VECTOR)(0.0f);
    sum->count = 0;
}

static inline void add_product(BlockedSum *sum, VECTOR a, VECTOR b) {
    sum->block = fma(a, b, sum->block);
    if (++sum->count == BLOCK) close_block(sum);
}

static inline VECTOR finished(BlockedSum *sum) {
    if (sum->count > 0) close_block(sum);
    return sum->total;
}

// global (vectors of the result, rounded up to the work-group)
__kernel void direct_forward(const __global float *restrict input, const __global float *restrict filter,
                             __global float *restrict output, ConvolutionLayout layout) {
    const INDEX item = get_global_id(0);
    if (item >= layout.items) return;
    const INDEX vectors = layout.output_channels / WIDTH;
    const INDEX pixels = layout.output_height * layout.output_width;
    const INDEX channel = item % vectors * WIDTH;
    const INDEX pixel = item / vectors % pixels;
    const INDEX image = item / vectors / pixels;
    const INDEX top = pixel / layout.output_width * layout.stride_height - layout.padding_top;
    const INDEX left = pixel % layout.output_width * layout.stride_width - layout.padding_left;
    const INDEX first_input = channel / layout.group_outputs * layout.group_inputs;
    const __global float *weights = filter + layout.second_offset + channel;
    input += layout.first_offset + image * layout.input_height * layout.input_width * layout.input_channels;
    BlockedSum sum = empty_sum();
    for (INDEX tap_row = 0; tap_row < layout.kernel_height; ++tap_row) {
        const INDEX row = top + tap_row * layout.dilation_height;
        for (INDEX tap_column = 0; tap_column < layout.kernel_width; ++tap_column) {
            const INDEX column = left + tap_column * layout.dilation_width;
            const bool inside = row >= 0 && row < layout.input_height && column >= 0 && column < layout.input_width;
            const __global float *elements =
                input + (row * layout.input_width + column) * layout.input_channels + first_input;
            for (INDEX c = 0; c < layout.group_inputs; ++c) {
                const VECTOR element = inside ? IMAGE_ELEMENTS(elements + c) : (VECTOR)(0.0f);
                add_product(&sum, element, LOAD(0, weights));
                weights += layout.output_channels;
            }
        }
    }
    output += layout.output_offset + image * layout.output_height * layout.output_width * layout.output_channels;
    STORE(finished(&sum), 0, output + pixel * layout.output_channels + channel);
}

// global (vectors of the result, rounded up to the work-group)
__kernel void direct_input_gradient(const __global float *restrict gradient, const __global float *restrict filter,
                                    __global float *restrict output, ConvolutionLayout layout) {
    const INDEX item = get_global_id(0);
    if (item >= layout.items) return;
    const INDEX vectors = layout.input_channels / WIDTH;
    const INDEX pixels = layout.input_height * layout.input_width;
    const INDEX channel = item % vectors * WIDTH;
    const INDEX pixel = item / vectors % pixels;
    const INDEX image = item / vectors / pixels;
    const INDEX bottom = pixel / layout.input_width + layout.padding_top;
    const INDEX right = pixel % layout.input_width + layout.padding_left;
    const INDEX first_output = channel / layout.group_inputs * layout.group_outputs;
    const INDEX group_channel = channel % layout.group_inputs;
    filter += layout.second_offset + first_output;
    gradient += layout.first_offset + image * layout.output_height * layout.output_width * layout.output_channels +
                first_output;
    BlockedSum sum = empty_sum();
    for (INDEX tap_row = 0; tap_row < layout.kernel_height; ++tap_row) {
        const INDEX down = bottom - tap_row * layout.dilation_height;
        if (down % layout.stride_height != 0) continue;
        const INDEX row = down / layout.stride_height;
        for (INDEX tap_column = 0; tap_column < layout.kernel_width; ++tap_column) {
            const INDEX across = right - tap_column * layout.dilation_width;
            if (across % layout.stride_width != 0) continue;
            const INDEX column = across / layout.stride_width;
            const bool inside = row >= 0 && row < layout.output_height && column >= 0 && column < layout.output_width;
            const __global float *elements = gradient + (row * layout.output_width + column) * layout.output_channels;
            const __global float *weights =
                filter + ((tap_row * layout.kernel_width + tap_column) * layout.group_inputs + group_channel) *
                             layout.output_channels;
            for (INDEX c = 0; c < layout.group_outputs; ++c) {
                const VECTOR element = inside ? IMAGE_ELEMENTS(elements + c) : (VECTOR)(0.0f);
                add_product(&sum, element, LOAD(0, weights + c));
            }
        }
    }
    output += layout.output_offset + image * layout.input_height * layout.input_width * layout.input_channels;
    STORE(finished(&sum), 0, output + pixel * layout.input_channels + channel);
}

// Each run of `blocks` blocks of k gives one image of the filter: output is [runs, filter].
// global (output channels / WIDTH, rounded up to the work-group; kernel rows x columns x input channels of a group;
// runs)
__kernel void direct_filter_gradient(const __global float *restrict input, const __global float *restrict gradient,
                                     __global float *restrict output, ConvolutionLayout layout) {
    const INDEX item = get_global_id(0);
    if (item >= layout.items) return;
    const INDEX vectors = layout.output_channels / WIDTH;
    const INDEX elements = layout.kernel_height * layout.kernel_width * layout.group_inputs;
    const INDEX channel = item % vectors * WIDTH;
    const INDEX element = item / vectors % elements;
    const INDEX tap = element / layout.group_inputs;
    const INDEX run = item / vectors / elements;
    const INDEX pixels = layout.output_height * layout.output_width;
    const INDEX first = (layout.first_block + run * layout.blocks) * BLOCK;
    const INDEX end = min(first + layout.blocks * BLOCK, layout.batch * pixels);
    const INDEX shift_down = tap / layout.kernel_width * layout.dilation_height - layout.padding_top;
    const INDEX shift_right = tap % layout.kernel_width * layout.dilation_width - layout.padding_left;
    input += layout.first_offset + channel / layout.group_outputs * layout.group_inputs + element % layout.group_inputs;
    gradient += layout.second_offset + channel;
    INDEX image = first / pixels;
    INDEX y = first % pixels / layout.output_width;
    INDEX x = first % layout.output_width;
    // The positions of a line that see pixels inside the image.
    const INDEX stride = layout.stride_width;
    const INDEX from = shift_right < 0 ? (-shift_right + stride - 1) / stride : 0;
    const INDEX to = shift_right < layout.input_width ? (layout.input_width - shift_right + stride - 1) / stride : 0;
    BlockedSum sum = empty_sum();
    // What a block and a line have in common is added without asking at each position.
    for (INDEX k = first; k < end;) {
        const INDEX count = min(min(end - k, layout.output_width - x), (INDEX)(BLOCK - sum.count));
        const INDEX row = y * layout.stride_height + shift_down;
        const bool visible = row >= 0 && row < layout.input_height;
        const INDEX begin = visible ? clamp(from - x, (INDEX)0, count) : count;
        const INDEX stop = visible ? clamp(to - x, begin, count) : count;
        const __global float *term = gradient + k * layout.output_channels;
        INDEX i = 0;
        for (; i < begin; ++i, term += layout.output_channels)
            sum.block = fma((VECTOR)(0.0f), LOAD(0, term), sum.block);
        const __global float *place =
            input + ((image * layout.input_height + row) * layout.input_width + (x + i) * stride + shift_right) *
                        layout.input_channels;
        for (; i < stop; ++i, term += layout.output_channels, place += stride * layout.input_channels)
            sum.block = fma(IMAGE_ELEMENTS(place), LOAD(0, term), sum.block);
        for (; i < count; ++i, term += layout.output_channels)
            sum.block = fma((VECTOR)(0.0f), LOAD(0, term), sum.block);
        sum.count += (int)count;
        if (sum.count == BLOCK) close_block(&sum);
        k += count;
        x += count;
        if (x == layout.output_width) {
            x = 0;
            if (++y == layout.output_height) {
                y = 0;
                ++image;
            }
        }
    }
    output += layout.output_offset + run * elements * layout.output_channels;
    STORE(finished(&sum), 0, output + element * layout.output_channels + channel);
}

// Adds up the images that the runs gave, in increasing order: to the first image, or (is_first = 0) to what is in
// `output`. global (elements, rounded up to the work-group)
__kernel void add_runs(const __global float *restrict images, __global float *restrict output, long offset,
                       long elements, long runs, int is_first) {
    const long element = get_global_id(0);
    if (element >= elements) return;
    float sum = is_first ? images[element] : output[offset + element] + images[element];
    for (long run = 1; run < runs; ++run) sum = sum + images[run * elements + element];
    output[offset + element] = sum;
}
