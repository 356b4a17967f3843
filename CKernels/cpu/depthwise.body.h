// Convolutions of each input channel by itself, with one output channel or several: channels in the lanes of vectors.
//
// Forward, and the input gradient by phases of the stride, are the same sum over taps, in blocks of k as the numerics
// contract states; the filter gradient is a sum over positions. Both are described by the structure of a product: A by
// its patches, B by b_outer_stride and b_middle_stride for each tap, columns being input channels. `zeros` has as many
// zeros as there are input channels; pixels outside the image point there.
//
// Output channel number j of an input channel c lies at c * multiplier + j. Where there are several, kernels read and
// write them apart, [j][c], so that neighbouring lanes are neighbours in memory; `depthwise_split` and
// `depthwise_merge` lead there and back. Forward has them as columns, one set after the other; the input gradient has
// them as channels of the patches, over which k runs fastest; the filter gradient is computed for each j by itself.

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

// Pixels of channels * multiplier floats: `to` [pixel][j][c] from `from` [pixel][c][j].
static void depthwise_split(const float *from, float *to, int64_t pixels, int64_t channels, int64_t multiplier) {
    for (int64_t pixel = 0; pixel < pixels; pixel++, from += channels * multiplier, to += channels * multiplier) {
        int64_t c = 0;
        if (multiplier == 2) {
            for (; c + UNLOOP_WIDTH <= channels; c += UNLOOP_WIDTH) {
                const REAL low = unloop_load_real(from + 2 * c), high = unloop_load_real(from + 2 * c + UNLOOP_WIDTH);
                unloop_store_real(to + c, UNLOOP_UNZIP_EVEN(low, high));
                unloop_store_real(to + channels + c, UNLOOP_UNZIP_ODD(low, high));
            }
        }
        for (; c < channels; c++)
            for (int64_t j = 0; j < multiplier; j++) to[j * channels + c] = from[c * multiplier + j];
    }
}

// The reverse.
static void depthwise_merge(const float *from, float *to, int64_t pixels, int64_t channels, int64_t multiplier) {
    for (int64_t pixel = 0; pixel < pixels; pixel++, from += channels * multiplier, to += channels * multiplier) {
        int64_t c = 0;
        if (multiplier == 2) {
            for (; c + UNLOOP_WIDTH <= channels; c += UNLOOP_WIDTH) {
                const REAL even = unloop_load_real(from + c), odd = unloop_load_real(from + channels + c);
                unloop_store_real(to + 2 * c, UNLOOP_ZIP_LOW(even, odd));
                unloop_store_real(to + 2 * c + UNLOOP_WIDTH, UNLOOP_ZIP_HIGH(even, odd));
            }
        }
        for (; c < channels; c++)
            for (int64_t j = 0; j < multiplier; j++) to[c * multiplier + j] = from[j * channels + c];
    }
}

// The sums over `count` terms of `vectors` vectors of channels, from the channel c on; B and the sums begin `shift`
// floats later.
UNLOOP_FUNCTION(void)
depthwise_sums(const int vectors, int64_t count, const float *const *left, const float *const *right, int64_t shift,
               int64_t c, float *sums, int accumulate) {
    REAL chains[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) chains[v] = REAL_OF(0.0f);
    for (int64_t t = 0; t < count; t++) {
        const float *a = left[t] + c, *b = right[t] + shift + c;
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
            chains[v] = FMA(unloop_load_real(a + v * UNLOOP_WIDTH), unloop_load_real(b + v * UNLOOP_WIDTH), chains[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
        float *place = sums + shift + c + v * UNLOOP_WIDTH;
        unloop_store_real(place, accumulate ? unloop_load_real(place) + chains[v] : chains[v]);
    }
}

// The sums of `channels` channels.
UNLOOP_FUNCTION(void)
depthwise_block(int64_t count, const float *const *left, const float *const *right, int64_t shift, int64_t channels,
                float *sums, int accumulate) {
    int64_t c = 0;
    for (; c + 4 * UNLOOP_WIDTH <= channels; c += 4 * UNLOOP_WIDTH)
        depthwise_sums(4, count, left, right, shift, c, sums, accumulate);
    for (; c + UNLOOP_WIDTH <= channels; c += UNLOOP_WIDTH)
        depthwise_sums(1, count, left, right, shift, c, sums, accumulate);
    for (; c < channels; c++) {
        float chain = 0;
        for (int64_t t = 0; t < count; t++) chain = product_fma(left[t][c], right[t][shift + c], chain);
        float *place = sums + shift + c;
        *place = accumulate ? *place + chain : chain;
    }
}

// Where the `count` terms from a tap and one of its channels on lie for the position whose first pixel is (h0, w0).
UNLOOP_FUNCTION(void)
depthwise_pixels(const unloop_patches *s, const int64_t channels, const float *image, int64_t h0, int64_t w0,
                 int64_t tap, int64_t channel, int64_t count, int64_t channel_pitch, const float *zeros,
                 const float **left) {
    int64_t row = tap / s->taps_width, column = tap % s->taps_width;
    for (int64_t t = 0; t < count; channel = 0) {
        const float *pixel = depthwise_pixel(s, image, h0 + row * s->tap_height, w0 + column * s->tap_width, zeros);
        const int64_t pitch = pixel == zeros ? 0 : channel_pitch;
        for (; channel < channels && t < count; channel++) left[t++] = pixel + channel * pitch;
        if (++column == s->taps_width) {
            column = 0;
            row++;
        }
    }
}

// Positions r0 ..< r1. `workspace` has multiplier * n floats for each position, or is not used where the multiplier
// is 1.
static void depthwise_forward(const unloop_product *p, int64_t multiplier, int64_t r0, int64_t r1, const float *zeros,
                              float *workspace) {
    const unloop_patches *s = &p->patches;
    const int64_t terms = s->taps_height * s->taps_width * s->channels, pitch = multiplier * p->n;
    const float *left[UNLOOP_PRODUCT_BLOCK], *right[UNLOOP_PRODUCT_BLOCK];
    if (terms == 0) {
        for (int64_t r = r0; r < r1; r++) memset(p->c + product_row_offset(p, r), 0, (size_t)pitch * sizeof(float));
        return;
    }
    for (int64_t t0 = 0; t0 < terms; t0 += UNLOOP_PRODUCT_BLOCK) {
        const int64_t count = terms - t0 < UNLOOP_PRODUCT_BLOCK ? terms - t0 : UNLOOP_PRODUCT_BLOCK;
        const int64_t first_tap = t0 / s->channels, first_channel = t0 % s->channels;
        for (int64_t t = 0; t < count; t++) {
            const int64_t tap = (t0 + t) / s->channels, channel = (t0 + t) % s->channels;
            right[t] = p->b + tap / s->taps_width * p->b_outer_stride + tap % s->taps_width * p->b_middle_stride +
                       channel * p->b_k;
        }
        for (int64_t r = r0; r < r1; r++) {
            const int64_t line = r / s->grid_width, x = r - line * s->grid_width;
            const int64_t n = line / s->grid_height, y = line - n * s->grid_height;
            const float *image = p->a + n * s->image_pitch;
            const int64_t h0 = y * s->step_height + s->first_height, w0 = x * s->step_width + s->first_width;
            // Nearly always there is one.
            if (s->channels == 1)
                depthwise_pixels(s, 1, image, h0, w0, t0, 0, count, 0, zeros, left);
            else
                depthwise_pixels(s, s->channels, image, h0, w0, first_tap, first_channel, count, p->n, zeros, left);
            if (multiplier == 1) {
                depthwise_block(count, left, right, 0, p->n, p->c + product_row_offset(p, r), t0 > 0);
                continue;
            }
            float *sums = workspace + (r - r0) * pitch;
            for (int64_t j = 0; j < multiplier; j++) depthwise_block(count, left, right, j * p->n, p->n, sums, t0 > 0);
        }
    }
    if (multiplier == 1) return;
    for (int64_t r = r0; r < r1; r++)
        depthwise_merge(workspace + (r - r0) * pitch, p->c + product_row_offset(p, r), 1, p->n, multiplier);
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
        .narrow = product_narrow, .depthwise_split = depthwise_split, .depthwise_merge = depthwise_merge,              \
        .depthwise = depthwise_forward, .depthwise_filter_gradient = depthwise_filter_gradient                         \
    }
