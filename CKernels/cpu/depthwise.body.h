// Convolutions of each channel by itself: one filter [tap, channel], channels in the lanes of vectors.
//
// Forward, and the input gradient by phases of the stride, are the same sum over taps, in blocks of k as the numerics
// contract states; the filter gradient is a sum over positions. Both are described by the structure of a product: A by
// its patches, B by b_outer_stride and b_middle_stride for each tap, columns being channels. `zeros` has as many zeros
// as there are channels; pixels outside the image point there.

// Taps and vectors of channels whose sums of the filter gradient are computed side by side.
enum { DEPTHWISE_TAPS = 3, DEPTHWISE_VECTORS = 4 };

// A vector, or the first `count` floats of one if `count` is not 0.
UNLOOP_FUNCTION(REAL) depthwise_load(const float *from, int64_t count) {
    return count == 0 ? unloop_load_real(from) : unloop_load_partial(from, (size_t)count);
}
UNLOOP_FUNCTION(void) depthwise_store(float *to, REAL value, int64_t count) {
    if (count == 0)
        unloop_store_real(to, value);
    else
        unloop_store_partial(to, value, (size_t)count);
}

// The pixel that a tap of a position sees, or `zeros`.
UNLOOP_FUNCTION(const float *)
depthwise_pixel(const unloop_patches *s, const float *image, int64_t h, int64_t w, const float *zeros) {
    if (h < 0 || h >= s->height || w < 0 || w >= s->width) return zeros;
    return image + h * s->line_pitch + w * s->pixel_pitch;
}

// The sums over `count` terms of `vectors` vectors of channels, from the channel c on.
UNLOOP_FUNCTION(void)
depthwise_sums(const int vectors, int64_t count, const float *const *left, const float *const *right, int64_t c,
               float *sums, int accumulate) {
    REAL chains[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) chains[v] = REAL_OF(0.0f);
    for (int64_t t = 0; t < count; t++) {
        const float *a = left[t] + c, *b = right[t] + c;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
            chains[v] = FMA(unloop_load_real(a + v * UNLOOP_WIDTH), unloop_load_real(b + v * UNLOOP_WIDTH), chains[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        float *place = sums + c + v * UNLOOP_WIDTH;
        unloop_store_real(place, accumulate ? unloop_load_real(place) + chains[v] : chains[v]);
    }
}

// The sums of the channels c0 ..< c1.
static void depthwise_block(int64_t count, const float *const *left, const float *const *right, int64_t c0, int64_t c1,
                            float *sums, int accumulate) {
    int64_t c = c0;
    for (; c + 4 * UNLOOP_WIDTH <= c1; c += 4 * UNLOOP_WIDTH)
        depthwise_sums(4, count, left, right, c, sums, accumulate);
    for (; c + UNLOOP_WIDTH <= c1; c += UNLOOP_WIDTH) depthwise_sums(1, count, left, right, c, sums, accumulate);
    for (; c < c1; c++) {
        float chain = 0;
        for (int64_t t = 0; t < count; t++) chain = product_fma(left[t][c], right[t][c], chain);
        sums[c] = accumulate ? sums[c] + chain : chain;
    }
}

// Positions r0 ..< r1.
static void depthwise_forward(const unloop_product *p, int64_t r0, int64_t r1, const float *zeros) {
    const unloop_patches *s = &p->patches;
    const int64_t taps = s->taps_height * s->taps_width;
    const float *left[UNLOOP_PRODUCT_BLOCK], *right[UNLOOP_PRODUCT_BLOCK];
    if (taps == 0) product_clear(p, r0, r1);
    for (int64_t t0 = 0; t0 < taps; t0 += UNLOOP_PRODUCT_BLOCK) {
        const int64_t count = taps - t0 < UNLOOP_PRODUCT_BLOCK ? taps - t0 : UNLOOP_PRODUCT_BLOCK;
        for (int64_t t = 0; t < count; t++)
            right[t] =
                p->b + (t0 + t) / s->taps_width * p->b_outer_stride + (t0 + t) % s->taps_width * p->b_middle_stride;
        for (int64_t r = r0; r < r1; r++) {
            const int64_t line = r / s->grid_width, x = r - line * s->grid_width;
            const int64_t n = line / s->grid_height, y = line - n * s->grid_height;
            const float *image = p->a + n * s->image_pitch;
            const int64_t h0 = y * s->step_height + s->first_height, w0 = x * s->step_width + s->first_width;
            int64_t row = t0 / s->taps_width, column = t0 % s->taps_width;
            for (int64_t t = 0; t < count; t++) {
                left[t] = depthwise_pixel(s, image, h0 + row * s->tap_height, w0 + column * s->tap_width, zeros);
                if (++column == s->taps_width) {
                    column = 0;
                    row++;
                }
            }
            depthwise_block(count, left, right, 0, p->n, p->c + product_row_offset(p, r), t0 > 0);
        }
    }
}

// Adds to the sums of `taps` neighbouring taps in a row of the window, `vectors` vectors of channels each (or the first
// `rest` channels of one), the terms of `count` positions.
UNLOOP_FUNCTION(void)
depthwise_gradient_terms(const int taps, const int vectors, int64_t rest, int64_t count, const float *const *left,
                         int64_t left_step, const float *right, int64_t right_step, float *sums, int64_t pitch) {
    REAL chains[DEPTHWISE_TAPS][DEPTHWISE_VECTORS];
    const float *pixels[DEPTHWISE_TAPS];
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) {
        pixels[t] = left[t];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) chains[t][v] = depthwise_load(sums + t * pitch + v * UNLOOP_WIDTH, rest);
    }
#pragma clang loop unroll(disable)
    for (int64_t i = 0; i < count; i++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            const REAL gradient = depthwise_load(right + v * UNLOOP_WIDTH, rest);
#pragma clang loop unroll(full)
            for (int t = 0; t < taps; t++)
                chains[t][v] = FMA(depthwise_load(pixels[t] + v * UNLOOP_WIDTH, rest), gradient, chains[t][v]);
        }
        right += right_step;
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t++) pixels[t] += left_step;
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) depthwise_store(sums + t * pitch + v * UNLOOP_WIDTH, chains[t][v], rest);
    }
}

// The same for the channels c0 ..< c1, to which the pointers lead.
UNLOOP_FUNCTION(void)
depthwise_gradient_channels(const int taps, int64_t channels, int64_t count, const float *const *left,
                            int64_t left_step, const float *right, int64_t right_step, float *sums, int64_t pitch) {
    const float *pixels[DEPTHWISE_TAPS];
    for (int t = 0; t < taps; t++) pixels[t] = left[t];
    for (int64_t c = 0; c < channels;) {
        const int64_t rest = channels - c;
        int64_t done = UNLOOP_WIDTH;
        if (rest >= DEPTHWISE_VECTORS * UNLOOP_WIDTH) {
            done = DEPTHWISE_VECTORS * UNLOOP_WIDTH;
            depthwise_gradient_terms(taps, DEPTHWISE_VECTORS, 0, count, pixels, left_step, right + c, right_step,
                                     sums + c, pitch);
        } else if (rest >= UNLOOP_WIDTH) {
            depthwise_gradient_terms(taps, 1, 0, count, pixels, left_step, right + c, right_step, sums + c, pitch);
        } else {
            depthwise_gradient_terms(taps, 1, rest, count, pixels, left_step, right + c, right_step, sums + c, pitch);
        }
        c += done;
        for (int t = 0; t < taps; t++) pixels[t] += done;
    }
}

// The terms of the positions x ..< x + count of the line y of an image, whose gradients begin at `right`. Positions
// must be one alone, or see the tap columns inside the image.
static void depthwise_gradient_run(const unloop_product *p, const float *image, int64_t y, int64_t x, int64_t count,
                                   const float *right, int64_t c0, int64_t c1, const float *zeros, float *sums) {
    const unloop_patches *s = &p->patches;
    for (int64_t row = 0; row < s->taps_height; row++) {
        const int64_t h = y * s->step_height + s->first_height + row * s->tap_height;
        const int visible = h >= 0 && h < s->height;
        for (int64_t column = 0; column < s->taps_width; column += DEPTHWISE_TAPS) {
            const int64_t rest = s->taps_width - column, taps = rest < DEPTHWISE_TAPS ? rest : DEPTHWISE_TAPS;
            const float *left[DEPTHWISE_TAPS];
            for (int64_t t = 0; t < taps; t++)
                left[t] = c0 + depthwise_pixel(s, image, h,
                                               x * s->step_width + s->first_width + (column + t) * s->tap_width, zeros);
            const int64_t left_step = visible ? s->step_width * s->pixel_pitch : 0;
            float *tap_sums = sums + (row * s->taps_width + column) * p->n + c0;
            switch (taps) {
            case 3:
                depthwise_gradient_channels(3, c1 - c0, count, left, left_step, right + c0, p->b_k, tap_sums, p->n);
                break;
            case 2:
                depthwise_gradient_channels(2, c1 - c0, count, left, left_step, right + c0, p->b_k, tap_sums, p->n);
                break;
            default:
                depthwise_gradient_channels(1, c1 - c0, count, left, left_step, right + c0, p->b_k, tap_sums, p->n);
            }
        }
    }
}

// The sums over the block k0 ..< k1 of k of all taps of the channels c0 ..< c1, to `sums` [tap][n].
static void depthwise_filter_gradient(const unloop_product *p, int64_t k0, int64_t k1, int64_t c0, int64_t c1,
                                      const float *zeros, float *sums) {
    const unloop_patches *s = &p->patches;
    for (int64_t t = 0; t < p->m; t++) memset(sums + t * p->n + c0, 0, (size_t)(c1 - c0) * sizeof(float));
    // The positions of a line that see all tap columns inside the image.
    const int64_t last = (s->taps_width - 1) * s->tap_width + s->first_width;
    const int64_t begin = s->first_width >= 0 ? 0 : (-s->first_width + s->step_width - 1) / s->step_width;
    const int64_t end = s->width > last ? (s->width - last + s->step_width - 1) / s->step_width : 0;
    int64_t x = k0 % s->grid_width, y = k0 / s->grid_width % s->grid_height;
    const float *image = p->a + k0 / s->grid_width / s->grid_height * s->image_pitch;
    for (int64_t k = k0; k < k1;) {
        int64_t count = 1;
        if (x >= begin && x < end) {
            count = (end < s->grid_width ? end : s->grid_width) - x;
            if (count > k1 - k) count = k1 - k;
        }
        depthwise_gradient_run(p, image, y, x, count, p->b + k * p->b_k, c0, c1, zeros, sums);
        k += count;
        x += count;
        if (x == s->grid_width) {
            x = 0;
            if (++y == s->grid_height) {
                y = 0;
                image += s->image_pitch;
            }
        }
    }
}

#define UNLOOP_PRODUCT_KERNELS                                                                                         \
    {                                                                                                                  \
        .panel_columns = TILE_COLUMNS, .pack = product_pack, .strip = product_strip, .run = product_run,               \
        .add_blocks = product_add_blocks, .is_vector = product_is_vector, .vector = product_vector,                    \
        .vector_is_wide = product_vector_is_wide, .vector_block = product_vector_block,                                \
        .is_narrow = product_is_narrow, .narrow_floats = product_narrow_floats, .narrow_pack = product_narrow_pack,    \
        .narrow = product_narrow, .depthwise = depthwise_forward,                                                      \
        .depthwise_filter_gradient = depthwise_filter_gradient                                                         \
    }
