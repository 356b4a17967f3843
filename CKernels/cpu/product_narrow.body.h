// Convolutions with few columns of C: positions run in the lanes of vectors, weights are broadcast.
//
// A product of n columns uses n of a vector's lanes, which wastes most of them where n is small, as in the gradient
// with respect to an image of 3 channels. Here lines of the image are transposed into planes [channel][line][x] with
// their padding, so that what one tap sees at neighbouring positions is a vector; vectors run on from line to line,
// over the padding too, whose sums are thrown away. Axes: weights [k][n], sums [n][line][x]. Parameters:
// NARROW_COLUMNS, the most columns for which this is better than panels of B, and NARROW_REGISTERS, from which each n
// gets as many vectors as fill the register file with sums.

#if defined(UNLOOP_ISA_AVX512) || defined(UNLOOP_ISA_NEON)
#    define NARROW_REGISTERS 32
#else
#    define NARROW_REGISTERS 16
#endif
#define NARROW_COLUMNS 8
// A vector of pixels and a weight need a register besides the sums.
#define NARROW_FITTING(n) ((NARROW_REGISTERS - 2) / ((n) + 1))
#define NARROW_VECTORS(n) (NARROW_FITTING(n) > 8 ? 8 : NARROW_FITTING(n) < 1 ? 1 : NARROW_FITTING(n))
#define EACH_NARROW(M) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8)

typedef void product_narrow_tile(int64_t k, const float *weights, const float *pixels, const int64_t *offsets,
                                 float *sums, int64_t pitch, int accumulate);

// One block of k of `vectors` vectors of positions, which see term k at offsets[k].
UNLOOP_FUNCTION(void)
product_narrow_sized(const int n, const int vectors, int64_t k, const float *weights, const float *pixels,
                     const int64_t *offsets, float *sums, int64_t pitch, int accumulate) {
    REAL chains[NARROW_COLUMNS][8];
#pragma clang loop unroll(full)
    for (int j = 0; j < n; j++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) chains[j][v] = REAL_OF(0.0f);
    }
#pragma clang loop unroll(disable)
    for (int64_t p = 0; p < k; p++) {
        const float *from = pixels + offsets[p];
        REAL seen[8];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) seen[v] = unloop_load_real(from + v * UNLOOP_WIDTH);
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++) {
            const REAL weight = REAL_OF(weights[p * n + j]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) chains[j][v] = FMA(seen[v], weight, chains[j][v]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < n; j++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            float *place = sums + j * pitch + v * UNLOOP_WIDTH;
            unloop_store_real(place, accumulate ? unloop_load_real(place) + chains[j][v] : chains[j][v]);
        }
    }
}

#define NARROW_FUNCTIONS(n)                                                                                            \
    static void product_narrow_wide_##n(int64_t k, const float *weights, const float *pixels, const int64_t *offsets,  \
                                        float *sums, int64_t pitch, int accumulate) {                                  \
        product_narrow_sized(n, NARROW_VECTORS(n), k, weights, pixels, offsets, sums, pitch, accumulate);              \
    }                                                                                                                  \
    static void product_narrow_single_##n(int64_t k, const float *weights, const float *pixels,                        \
                                          const int64_t *offsets, float *sums, int64_t pitch, int accumulate) {        \
        product_narrow_sized(n, 1, k, weights, pixels, offsets, sums, pitch, accumulate);                              \
    }
EACH_NARROW(NARROW_FUNCTIONS)
#define NARROW_ENTRY(n) {product_narrow_wide_##n, product_narrow_single_##n, NARROW_VECTORS(n)},
static const struct {
    product_narrow_tile *wide, *single;
    int64_t vectors;
} product_narrow_tiles[NARROW_COLUMNS] = {EACH_NARROW(NARROW_ENTRY)};

// The planes of a band of lines of an image: pixels (top ..., left ...) of `lines` lines of `pitch` pixels.
typedef struct {
    int64_t top, left, lines, pitch, plane;
    // Floats of the sums of one column.
    int64_t sums;
} product_planes;

// The pixels that the lines y0 ..< y0 + lines of `count` products over the same images see.
static product_planes product_narrow_bounds(const unloop_product *products, int64_t count, int64_t y0, int64_t lines) {
    int64_t top = INT64_MAX, left = INT64_MAX, bottom = INT64_MIN, right = INT64_MIN;
    for (int64_t q = 0; q < count; q++) {
        const unloop_patches *s = &products[q].patches;
        if (products[q].k == 0) continue;
        const int64_t height = (s->taps_height - 1) * s->tap_height, width = (s->taps_width - 1) * s->tap_width;
        const int64_t first_line = y0 + s->first_height + (height < 0 ? height : 0);
        const int64_t last_line = y0 + lines - 1 + s->first_height + (height < 0 ? 0 : height);
        const int64_t first = s->first_width + (width < 0 ? width : 0);
        const int64_t last = s->grid_width - 1 + s->first_width + (width < 0 ? 0 : width);
        if (first_line < top) top = first_line;
        if (last_line > bottom) bottom = last_line;
        if (first < left) left = first;
        if (last > right) right = last;
    }
    product_planes planes = {.top = top, .left = left, .lines = bottom - top + 1, .pitch = right - left + 1};
    if (top > bottom) planes = (product_planes){.lines = lines, .pitch = products[0].patches.grid_width};
    return planes;
}

// The same with the sizes of what holds them.
static product_planes product_narrow_planes(const unloop_product *products, int64_t count, int64_t y0, int64_t lines) {
    product_planes planes = product_narrow_bounds(products, count, y0, lines);
    // Transposed squares may reach beyond the last line.
    planes.plane = planes.lines * planes.pitch + UNLOOP_WIDTH;
    planes.sums = (lines * planes.pitch + UNLOOP_WIDTH - 1) / UNLOOP_WIDTH * UNLOOP_WIDTH;
    return planes;
}

// Whether `product_narrow` takes the products over the same images, and is better at them.
static int product_is_narrow(const unloop_product *products, int64_t count) {
    for (int64_t q = 0; q < count; q++) {
        const unloop_product *p = products + q;
        const int is_narrow = p->operand == UNLOOP_OPERAND_PATCH_ROWS && p->n >= 1 && p->n <= NARROW_COLUMNS &&
                              p->patches.step_height == 1 && p->patches.step_width == 1 &&
                              p->patches.channels >= UNLOOP_WIDTH / 2;
        if (!is_narrow) return 0;
    }
    // Planes are copied whole; of those of taps that lie far apart most would never be read. Floats for one line.
    enum { most = 1 << 22 };
    const product_planes planes = product_narrow_bounds(products, count, 0, 1);
    return planes.lines <= most && planes.pitch <= most &&
           planes.lines * planes.pitch <= most / products[0].patches.channels;
}

// Floats that `product_narrow` needs for bands of `lines` lines.
static int64_t product_narrow_floats(const unloop_product *products, int64_t count, int64_t lines) {
    const product_planes planes = product_narrow_planes(products, count, 0, lines);
    // The last vectors of sums see up to a vector beyond the last plane.
    return products[0].patches.channels * planes.plane + UNLOOP_WIDTH + products[0].n * planes.sums;
}

// B as [k][n].
static void product_narrow_pack(const unloop_product *p, float *packed) {
    for (int64_t k = 0; k < p->k; k++) {
        const int64_t inner = k % p->b_inner, tap = k / p->b_inner;
        const float *from =
            p->b + tap / p->b_middle * p->b_outer_stride + tap % p->b_middle * p->b_middle_stride + inner * p->b_k;
        for (int64_t j = 0; j < p->n; j++) packed[k * p->n + j] = from[j * p->b_n];
    }
}

// One line of the image into its planes.
static void product_narrow_line(const unloop_patches *s, const product_planes *planes, const float *line, float *to) {
    const int64_t begin = planes->left < 0 ? (-planes->left < planes->pitch ? -planes->left : planes->pitch) : 0;
    const int64_t inside = s->width - planes->left;
    const int64_t end = inside < begin ? begin : inside < planes->pitch ? inside : planes->pitch;
    const int64_t whole = s->channels / UNLOOP_WIDTH * UNLOOP_WIDTH;
    for (int64_t x = begin; x < end; x += UNLOOP_WIDTH) {
        const float *pixels[UNLOOP_WIDTH];
        for (int64_t i = 0; i < UNLOOP_WIDTH; i++)
            pixels[i] = line + (planes->left + (x + i < end ? x + i : end - 1)) * s->pixel_pitch;
        float *place = to + x;
        for (int64_t c = 0; c < whole; c += UNLOOP_WIDTH) {
            REAL square[UNLOOP_WIDTH];
            product_load_square(square, pixels, c, UNLOOP_WIDTH);
#pragma clang loop unroll(full)
            for (int i = 0; i < UNLOOP_WIDTH; i++, place += planes->plane) unloop_store_real(place, square[i]);
        }
    }
    int64_t c = whole;
    for (; c < s->channels; c++)
        for (int64_t x = begin; x < end; x++) to[c * planes->plane + x] = line[(planes->left + x) * s->pixel_pitch + c];
    for (c = 0; c < s->channels; c++) {
        product_zero(to + c * planes->plane, begin);
        product_zero(to + c * planes->plane + end, planes->pitch - end);
    }
}

// Where the terms k0 ..< k0 + length of the first position lie in the planes of a band that begins at the line y0.
static void product_narrow_offsets(const unloop_product *p, const product_planes *planes, int64_t y0, int64_t k0,
                                   int64_t length, int64_t *offsets) {
    const unloop_patches *s = &p->patches;
    int64_t tap = k0 / s->channels, channel = k0 - tap * s->channels;
    for (int64_t i = 0; i < length; tap++, channel = 0) {
        const int64_t row = tap / s->taps_width, column = tap - row * s->taps_width;
        const int64_t line = y0 + s->first_height + row * s->tap_height - planes->top;
        const int64_t place = line * planes->pitch + s->first_width + column * s->tap_width - planes->left;
        for (; channel < s->channels && i < length; channel++, i++) offsets[i] = place + channel * planes->plane;
    }
}

// The lines y0 ..< y1 of one image of C, as many of them as each product has. The `count` products differ in B, C, k,
// the size of the grid and the taps only; `packed` is what `product_narrow_pack` made of them, one after the other.
static void product_narrow(const unloop_product *products, int64_t count, int64_t image, int64_t y0, int64_t y1,
                           const float *packed, float *workspace) {
    const unloop_patches *s = &products[0].patches;
    const product_planes planes = product_narrow_planes(products, count, y0, y1 - y0);
    const int64_t n = products[0].n, wide = product_narrow_tiles[n - 1].vectors;
    const float *from = products[0].a + image * s->image_pitch;
    for (int64_t i = 0; i < planes.lines; i++) {
        const int64_t h = planes.top + i;
        float *to = workspace + i * planes.pitch;
        if (h >= 0 && h < s->height)
            product_narrow_line(s, &planes, from + h * s->line_pitch, to);
        else
            for (int64_t c = 0; c < s->channels; c++) product_zero(to + c * planes.plane, planes.pitch);
    }
    float *sums = workspace + s->channels * planes.plane + UNLOOP_WIDTH;
    for (const unloop_product *p = products; p < products + count; packed += p->k * n, p++) {
        const int64_t end = y1 < p->patches.grid_height ? y1 : p->patches.grid_height;
        if (p->k == 0) {
            // It sees no pixel, so that the planes need not be as wide as its grid.
            const int64_t first = image * p->patches.grid_height;
            product_clear(p, (first + y0) * p->patches.grid_width, (first + end) * p->patches.grid_width);
            continue;
        }
        const int64_t used = ((end - y0) * planes.pitch + UNLOOP_WIDTH - 1) / UNLOOP_WIDTH * UNLOOP_WIDTH;
        for (int64_t k = 0; k < p->k; k += UNLOOP_PRODUCT_BLOCK) {
            const int64_t length = p->k - k < UNLOOP_PRODUCT_BLOCK ? p->k - k : UNLOOP_PRODUCT_BLOCK;
            int64_t offsets[UNLOOP_PRODUCT_BLOCK];
            product_narrow_offsets(p, &planes, y0, k, length, offsets);
            int64_t f = 0;
            for (; f + wide * UNLOOP_WIDTH <= used; f += wide * UNLOOP_WIDTH)
                product_narrow_tiles[n - 1].wide(length, packed + k * n, workspace + f, offsets, sums + f, planes.sums,
                                                 k > 0);
            for (; f < used; f += UNLOOP_WIDTH)
                product_narrow_tiles[n - 1].single(length, packed + k * n, workspace + f, offsets, sums + f,
                                                   planes.sums, k > 0);
        }
        for (int64_t y = y0; y < end; y++) {
            float *c = p->c + product_row_offset(p, (image * p->patches.grid_height + y) * p->patches.grid_width);
            for (int64_t j = 0; j < n; j++) {
                const float *line = sums + j * planes.sums + (y - y0) * planes.pitch;
                for (int64_t x = 0; x < p->patches.grid_width; x++) c[x * p->c_row + j] = line[x];
            }
        }
    }
}
