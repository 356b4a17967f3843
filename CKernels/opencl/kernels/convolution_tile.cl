// Where the elements of a convolution lie, for tile.cl: a product without copies of the image.
//
// TAPS_ARE_K 1 (forward, input gradient): rows are the pixels of the result, k runs over the taps and, fastest, the
// channels that are summed, columns are the channels of the result. TAPS_ARE_K 0 (filter gradient): rows are the
// elements (tap, channel) of the filter, k runs over the pixels of the output, columns are the output channels.
//
// Pixel (image, y, x) sees, at tap (row, column), the image's element (y * y_stride + row * tap_row_step + y_origin,
// ...); what lies outside counts as zero. An input gradient is one product for each phase of pixels
// (ConvolutionPanels.swift). Batch: the groups.

typedef struct {
    // The image that the taps see: [batch, image_height, image_width, image_channels].
    long image_offset;
    long a_group;
    // b at b_offset + tap row * b_tap_row + tap column * b_tap_column + channel * b_channel + column * b_column, or
    // (filter gradient) + k * b_channel.
    long b_offset, b_tap_row, b_tap_column, b_channel, b_column, b_group;
    // Pixel (image, y, x) of the result at c_offset + image * c_image + y * c_y + x * c_x + column, or (filter
    // gradient) row * c_x + column.
    long c_offset, c_image, c_y, c_x, c_group;
    long result_step;
    int m, n, k, first_k;
    int runs, run_length;
    int image_height, image_width, image_channels;
    int y_stride, y_origin, tap_row_step;
    int x_stride, x_origin, tap_column_step;
    int tap_columns, tap_channels;
    // The pixels of one image.
    int height, width;
    int unused;
} ProductLayout;

// A pixel of the result.
typedef struct {
    int image, row, column;
} Pixel;

// A tap of the filter and one of the channels that it sees.
typedef struct {
    int row, column, channel;
} Tap;

static inline Pixel pixel_at(const ProductLayout *layout, int index) {
    const int line = index / layout->width;
    Pixel pixel;
    pixel.column = index % layout->width;
    pixel.row = line % layout->height;
    pixel.image = line / layout->height;
    return pixel;
}

static inline Tap tap_at(const ProductLayout *layout, int index) {
    const int place = index / layout->tap_channels;
    Tap tap;
    tap.channel = index % layout->tap_channels;
    tap.column = place % layout->tap_columns;
    tap.row = place / layout->tap_columns;
    return tap;
}

// The pixel, or tap, DEPTH further on: steps of k are short, so that adding is cheaper than dividing anew.
static inline void advance_pixel(const ProductLayout *layout, Pixel *pixel) {
    pixel->column += DEPTH;
    while (pixel->column >= layout->width) {
        pixel->column -= layout->width;
        if (++pixel->row == layout->height) {
            pixel->row = 0;
            ++pixel->image;
        }
    }
}

static inline void advance_tap(const ProductLayout *layout, Tap *tap) {
    tap->channel += DEPTH;
    while (tap->channel >= layout->tap_channels) {
        tap->channel -= layout->tap_channels;
        if (++tap->column == layout->tap_columns) {
            tap->column = 0;
            ++tap->row;
        }
    }
}

static inline AValue elements_at(const __global float *image, const ProductLayout *layout, Pixel pixel, Tap tap) {
    const int y = pixel.row * layout->y_stride + layout->y_origin + tap.row * layout->tap_row_step;
    const int x = pixel.column * layout->x_stride + layout->x_origin + tap.column * layout->tap_column_step;
    if (y < 0 || y >= layout->image_height || x < 0 || x >= layout->image_width) return (AValue)(0.0f);
    const long line = (long)pixel.image * layout->image_height + y;
    return a_load(image + (line * layout->image_width + x) * layout->image_channels + tap.channel);
}

#if TAPS_ARE_K

typedef Pixel ARow;
typedef Tap AStep;
static inline ARow a_row(const ProductLayout *layout, int row) { return pixel_at(layout, row); }
static inline AStep a_step(const ProductLayout *layout, int k) { return tap_at(layout, k); }
static inline void a_advance(const ProductLayout *layout, AStep *step) { advance_tap(layout, step); }
static inline AValue a_at(const __global float *a, const ProductLayout *layout, ARow row, AStep step) {
    return elements_at(a, layout, row, step);
}

typedef Tap BStep;
static inline BStep b_step(const ProductLayout *layout, int k) { return tap_at(layout, k); }
static inline void b_advance(const ProductLayout *layout, BStep *step) { advance_tap(layout, step); }
static inline long b_place(const ProductLayout *layout, BStep step) {
    return step.row * layout->b_tap_row + step.column * layout->b_tap_column + step.channel * layout->b_channel;
}

static inline long c_at(const ProductLayout *layout, int row, int column) {
    const int line = row / layout->width;
    return layout->c_offset + line / layout->height * layout->c_image + line % layout->height * layout->c_y +
           row % layout->width * layout->c_x + column;
}

#else

typedef Tap ARow;
typedef Pixel AStep;
static inline ARow a_row(const ProductLayout *layout, int row) { return tap_at(layout, row); }
static inline AStep a_step(const ProductLayout *layout, int k) { return pixel_at(layout, k); }
static inline void a_advance(const ProductLayout *layout, AStep *step) { advance_pixel(layout, step); }
static inline AValue a_at(const __global float *a, const ProductLayout *layout, ARow row, AStep step) {
    return elements_at(a, layout, step, row);
}

typedef int BStep;
static inline BStep b_step(const ProductLayout *layout, int k) { return k; }
static inline void b_advance(const ProductLayout *layout, BStep *step) { *step += DEPTH; }
static inline long b_place(const ProductLayout *layout, BStep step) { return step * layout->b_channel; }

static inline long c_at(const ProductLayout *layout, int row, int column) {
    return layout->c_offset + row * layout->c_x + column;
}

#endif

typedef long BColumn;
static inline BColumn b_column(const ProductLayout *layout, int column) {
    return layout->b_offset + column * layout->b_column;
}
static inline BValue b_at(const __global float *b, const ProductLayout *layout, BColumn column, BStep step) {
    return b_load(b + column + b_place(layout, step));
}

static inline long a_base(const ProductLayout *layout, int group) {
    return layout->image_offset + group * layout->a_group;
}
static inline long b_base(const ProductLayout *layout, int group) { return group * layout->b_group; }
static inline long c_base(const ProductLayout *layout, int group) { return group * layout->c_group; }
