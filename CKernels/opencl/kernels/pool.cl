// Pooling of images [batch, height, width, channels]: maximum and average; forward, gradient and tangent.
//
// One work-item computes WIDTH adjacent channels of one element of the result, so the number of channels is a
// multiple of WIDTH. Each result is a chain of its own in the order of Numerics.md; nothing is shared.
//
// global (vectors of the result, rounded up to the work-group)
// Follows vectors.cl. Parameters: WIDTH (channels a work-item computes: 1, 4, 8 or 16)

#if WIDTH == 1
#    define MASK int
#    define AS_MASK as_int
#    define AS_VECTOR as_float
#else
#    define MASK JOIN(int, WIDTH)
#    define AS_MASK JOIN(as_int, WIDTH)
#    define AS_VECTOR JOIN(as_float, WIDTH)
#endif

typedef struct {
    long input_offset, second_offset, output_offset;
    long channels;
    long input_height, input_width, output_height, output_width;
    long window_height, window_width;
    long stride_height, stride_width;
    long padding_top, padding_left;
    // Vectors of the result.
    long items;
} PoolLayout;

// The part of a window that lies inside the image; or the outputs whose windows hold a place.
typedef struct {
    int first_row, end_row, first_column, end_column;
} Window;

static inline Window window_at(const PoolLayout *layout, int row, int column) {
    const int top = row * (int)layout->stride_height - (int)layout->padding_top;
    const int left = column * (int)layout->stride_width - (int)layout->padding_left;
    Window window;
    window.first_row = max(top, 0);
    window.end_row = min(top + (int)layout->window_height, (int)layout->input_height);
    window.first_column = max(left, 0);
    window.end_column = min(left + (int)layout->window_width, (int)layout->input_width);
    return window;
}

static inline int element_count(Window window) {
    return max(window.end_row - window.first_row, 0) * max(window.end_column - window.first_column, 0);
}

// The largest element of a window, and its position, row * image width + column; -infinity and -1 for an empty window.
// Of equal elements the first stays, and so does the first NaN.
static inline VECTOR largest(const __global float *image, const PoolLayout *layout, Window window, MASK *position) {
    VECTOR result = (VECTOR)(-INFINITY);
    *position = (MASK)(-1);
    for (int row = window.first_row; row < window.end_row; ++row) {
        for (int column = window.first_column; column < window.end_column; ++column) {
            const int here = row * (int)layout->input_width + column;
            const VECTOR element = LOAD(0, image + here * layout->channels);
            const MASK takes = (*position == -1) | (element > result) | ((element != element) & (result == result));
            result = select(result, element, takes);
            *position = select(*position, (MASK)here, takes);
        }
    }
    return result;
}

// The vector of the result that a work-item computes.
typedef struct {
    int row, column;
    long channel, image;
} Place;

static inline Place place_in(const PoolLayout *layout, long height, long width) {
    const long vectors = layout->channels / WIDTH;
    long item = get_global_id(0);
    Place place;
    place.channel = item % vectors * WIDTH;
    item /= vectors;
    place.column = item % width;
    item /= width;
    place.row = item % height;
    place.image = item / height;
    return place;
}

// Element (row 0, column 0) of the place's channel and image, in a tensor of inputs and in one of outputs.
static inline long input_image(const PoolLayout *layout, Place place) {
    return place.image * layout->input_height * layout->input_width * layout->channels + place.channel;
}

static inline long output_image(const PoolLayout *layout, Place place) {
    return place.image * layout->output_height * layout->output_width * layout->channels + place.channel;
}

__kernel void maximum_forward(const __global float *restrict input, const __global float *restrict unused,
                              __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.output_height, layout.output_width);
    MASK position;
    const VECTOR result = largest(input + layout.input_offset + input_image(&layout, place), &layout,
                                  window_at(&layout, place.row, place.column), &position);
    STORE(result, 0,
          output + layout.output_offset + output_image(&layout, place) +
              (place.row * layout.output_width + place.column) * layout.channels);
}

__kernel void average_forward(const __global float *restrict input, const __global float *restrict unused,
                              __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.output_height, layout.output_width);
    const __global float *image = input + layout.input_offset + input_image(&layout, place);
    const Window window = window_at(&layout, place.row, place.column);
    VECTOR sum = (VECTOR)(0.0f);
    for (int r = window.first_row; r < window.end_row; ++r)
        for (int c = window.first_column; c < window.end_column; ++c)
            sum = sum + LOAD(0, image + (r * layout.input_width + c) * layout.channels);
    const int count = element_count(window);
    STORE(count > 0 ? sum / (VECTOR)((float)count) : sum, 0,
          output + layout.output_offset + output_image(&layout, place) +
              (place.row * layout.output_width + place.column) * layout.channels);
}

// The tangent of the element that the maximum takes; 0 for an empty window.
__kernel void maximum_tangent(const __global float *restrict input, const __global float *restrict tangent,
                              __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.output_height, layout.output_width);
    const Window window = window_at(&layout, place.row, place.column);
    const __global float *tangents = tangent + layout.second_offset + input_image(&layout, place);
    MASK position;
    largest(input + layout.input_offset + input_image(&layout, place), &layout, window, &position);
    VECTOR result = (VECTOR)(0.0f);
    for (int r = window.first_row; r < window.end_row; ++r)
        for (int c = window.first_column; c < window.end_column; ++c) {
            const int here = r * (int)layout.input_width + c;
            result = select(result, LOAD(0, tangents + here * layout.channels), position == (MASK)here);
        }
    STORE(result, 0,
          output + layout.output_offset + output_image(&layout, place) +
              (place.row * layout.output_width + place.column) * layout.channels);
}

// The output positions whose windows hold position `place` of the image, along one axis.
static inline void windows_over(int place, int padding, int window, int stride, int count, int *first, int *end) {
    const int behind = place + padding - window;
    *first = behind < 0 ? 0 : behind / stride + 1;
    *end = min((place + padding) / stride + 1, count);
}

// The outputs whose windows hold a place of the image.
static inline Window outputs_over(const PoolLayout *layout, Place place) {
    Window outputs;
    windows_over(place.row, layout->padding_top, layout->window_height, layout->stride_height, layout->output_height,
                 &outputs.first_row, &outputs.end_row);
    windows_over(place.column, layout->padding_left, layout->window_width, layout->stride_width, layout->output_width,
                 &outputs.first_column, &outputs.end_column);
    return outputs;
}

__kernel void maximum_gradient(const __global float *restrict input, const __global float *restrict gradient,
                               __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.input_height, layout.input_width);
    const __global float *image = input + layout.input_offset + input_image(&layout, place);
    const __global float *gradients = gradient + layout.second_offset + output_image(&layout, place);
    const int here = place.row * (int)layout.input_width + place.column;
    const Window over = outputs_over(&layout, place);
    VECTOR sum = (VECTOR)(0.0f);
    for (int r = over.first_row; r < over.end_row; ++r)
        for (int c = over.first_column; c < over.end_column; ++c) {
            MASK position;
            largest(image, &layout, window_at(&layout, r, c), &position);
            const VECTOR term = LOAD(0, gradients + (r * layout.output_width + c) * layout.channels);
            sum = select(sum, sum + term, position == (MASK)here);
        }
    STORE(sum, 0, output + layout.output_offset + input_image(&layout, place) + here * layout.channels);
}

// Where each window has its largest element, row * image width + column, or -1 for an empty window: so that a gradient
// does not look for it again for every element of the window. The bits of integers, in an array of reals as those are
// what LOAD and STORE move.
__kernel void maximum_positions(const __global float *restrict input, const __global float *restrict unused,
                                __global float *restrict positions, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.output_height, layout.output_width);
    MASK position;
    largest(input + layout.input_offset + input_image(&layout, place), &layout,
            window_at(&layout, place.row, place.column), &position);
    STORE(AS_VECTOR(position), 0,
          positions + output_image(&layout, place) +
              (place.row * layout.output_width + place.column) * layout.channels);
}

// `maximum_gradient` with the positions that `maximum_positions` found.
__kernel void maximum_gradient_at(const __global float *restrict positions, const __global float *restrict gradient,
                                  __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.input_height, layout.input_width);
    const __global float *windows = positions + output_image(&layout, place);
    const __global float *gradients = gradient + layout.second_offset + output_image(&layout, place);
    const int here = place.row * (int)layout.input_width + place.column;
    const Window over = outputs_over(&layout, place);
    VECTOR sum = (VECTOR)(0.0f);
    for (int r = over.first_row; r < over.end_row; ++r)
        for (int c = over.first_column; c < over.end_column; ++c) {
            const long window = (r * layout.output_width + c) * layout.channels;
            const VECTOR term = LOAD(0, gradients + window);
            sum = select(sum, sum + term, AS_MASK(LOAD(0, windows + window)) == (MASK)here);
        }
    STORE(sum, 0, output + layout.output_offset + input_image(&layout, place) + here * layout.channels);
}

__kernel void average_gradient(const __global float *restrict unused, const __global float *restrict gradient,
                               __global float *restrict output, PoolLayout layout) {
    if ((long)get_global_id(0) >= layout.items) return;
    const Place place = place_in(&layout, layout.input_height, layout.input_width);
    const __global float *gradients = gradient + layout.second_offset + output_image(&layout, place);
    const Window over = outputs_over(&layout, place);
    VECTOR sum = (VECTOR)(0.0f);
    for (int r = over.first_row; r < over.end_row; ++r)
        for (int c = over.first_column; c < over.end_column; ++c) {
            const float count = (float)element_count(window_at(&layout, r, c));
            sum = sum + LOAD(0, gradients + (r * layout.output_width + c) * layout.channels) / (VECTOR)(count);
        }
    STORE(sum, 0,
          output + layout.output_offset + input_image(&layout, place) +
              (place.row * layout.input_width + place.column) * layout.channels);
}
