// Convolutions of each channel by itself: one filter [tap, channel], channels in the lanes of vectors.
//
// Forward, and the input gradient by phases of the stride, are the same sum over taps, in blocks of k as the numerics
// contract states; the filter gradient is a sum over positions. Both are described by the structure of a product: A by
// its patches, B by b_outer_stride and b_middle_stride for each tap, columns being channels. `zeros` has as many zeros
// as there are channels; pixels outside the image point there.

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

// The channels c0 ..< c1 of row `tap` of C: the sum over all k positions of A times the rows of B, b_k apart.
static void depthwise_filter_gradient(const unloop_product *p, int64_t tap, int64_t c0, int64_t c1,
                                      const float *zeros) {
    const unloop_patches *s = &p->patches;
    const float *left[UNLOOP_PRODUCT_BLOCK], *right[UNLOOP_PRODUCT_BLOCK];
    const int64_t h0 = s->first_height + tap / s->taps_width * s->tap_height;
    const int64_t w0 = s->first_width + tap % s->taps_width * s->tap_width;
    float *sums = p->c + tap * p->c_row;
    if (p->k == 0) memset(sums + c0, 0, (size_t)(c1 - c0) * sizeof(float));
    int64_t x = 0, y = 0;
    const float *image = p->a;
    for (int64_t k0 = 0; k0 < p->k; k0 += UNLOOP_PRODUCT_BLOCK) {
        const int64_t count = p->k - k0 < UNLOOP_PRODUCT_BLOCK ? p->k - k0 : UNLOOP_PRODUCT_BLOCK;
        for (int64_t i = 0; i < count; i++) {
            left[i] = depthwise_pixel(s, image, y * s->step_height + h0, x * s->step_width + w0, zeros);
            right[i] = p->b + (k0 + i) * p->b_k;
            if (++x == s->grid_width) {
                x = 0;
                if (++y == s->grid_height) {
                    y = 0;
                    image += s->image_pitch;
                }
            }
        }
        depthwise_block(count, left, right, c0, c1, sums, k0 > 0);
    }
}

#define UNLOOP_PRODUCT_KERNELS                                                                                         \
    {                                                                                                                  \
        .panel_columns = TILE_COLUMNS, .pack = product_pack, .strip = product_strip, .run = product_run,               \
        .add_blocks = product_add_blocks, .is_vector = product_is_vector, .vector = product_vector,                    \
        .depthwise = depthwise_forward, .depthwise_filter_gradient = depthwise_filter_gradient                         \
    }
