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

// A pixel's image, and the image row and column that its tap (0, 0) sees.
typedef struct {
    int image, y, x;
} Pixel;

// How far a tap's element lies from the first tap's.
typedef struct {
    int y, x, channel;
} Tap;

static inline Pixel pixel_at(const ProductLayout *layout, int index) {
    const int line = index / layout->width;
    Pixel pixel;
    pixel.x = index % layout->width * layout->x_stride + layout->x_origin;
    pixel.y = line % layout->height * layout->y_stride + layout->y_origin;
    pixel.image = line / layout->height;
    return pixel;
}

static inline Tap tap_at(const ProductLayout *layout, int index) {
    const int place = index / layout->tap_channels;
    Tap tap;
    tap.channel = index % layout->tap_channels;
    tap.x = place % layout->tap_columns * layout->tap_column_step;
    tap.y = place / layout->tap_columns * layout->tap_row_step;
    return tap;
}

static inline float element_at(const __global float *image, const ProductLayout *layout, Pixel pixel, Tap tap) {
    const int y = pixel.y + tap.y;
    const int x = pixel.x + tap.x;
    if (y < 0 || y >= layout->image_height || x < 0 || x >= layout->image_width) return 0.0f;
    const long line = (long)pixel.image * layout->image_height + y;
    return image[(line * layout->image_width + x) * layout->image_channels + tap.channel];
}

#if TAPS_ARE_K

typedef Pixel ARow;
typedef Tap AStep;
static inline ARow a_row(const ProductLayout *layout, int row) { return pixel_at(layout, row); }
static inline AStep a_step(const ProductLayout *layout, int k) { return tap_at(layout, k); }
static inline float a_at(const __global float *a, const ProductLayout *layout, ARow row, AStep step) {
    return element_at(a, layout, row, step);
}

typedef long BStep;
static inline BStep b_step(const ProductLayout *layout, int k) {
    const int place = k / layout->tap_channels;
    return place / layout->tap_columns * layout->b_tap_row + place % layout->tap_columns * layout->b_tap_column +
           k % layout->tap_channels * layout->b_channel;
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
static inline float a_at(const __global float *a, const ProductLayout *layout, ARow row, AStep step) {
    return element_at(a, layout, step, row);
}

typedef long BStep;
static inline BStep b_step(const ProductLayout *layout, int k) { return k * layout->b_channel; }

static inline long c_at(const ProductLayout *layout, int row, int column) {
    return layout->c_offset + row * layout->c_x + column;
}

#endif

typedef long BColumn;
static inline BColumn b_column(const ProductLayout *layout, int column) {
    return layout->b_offset + column * layout->b_column;
}
static inline float b_at(const __global float *b, const ProductLayout *layout, BColumn column, BStep step) {
    return b[column + step];
}

static inline long a_base(const ProductLayout *layout, int group) {
    return layout->image_offset + group * layout->a_group;
}
static inline long b_base(const ProductLayout *layout, int group) { return group * layout->b_group; }
static inline long c_base(const ProductLayout *layout, int group) { return group * layout->c_group; }
