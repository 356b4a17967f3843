// Copies blocks of the operands of a matrix product into the layouts that the register tiles read.
//
// B: [panel][k][columns of a tile], the last panel filled up to whole vectors. A: [row][UNLOOP_PRODUCT_ROW_PITCH]
// where k is contiguous in memory, and [group of rows][k][rows of the group] where rows are (`columns`). Windows of
// images are gathered on the way, so a convolution never builds the matrix of its windows; where A's rows are the
// channels of a tap and there are enough of them, its pixels are not even copied but pointed to.

enum {
    // Floats of an operand that is not packed, because the first-level caches hold most of it.
    PRODUCT_SMALL = 1 << 14,
    // Floats that the second-level cache of most processors holds.
    PRODUCT_CACHED = 1 << 18,
    // Tiles of rows, up to which a panel of B is not worth a copy.
    PRODUCT_FEW_TILES = 5,
    // Lines so many floats apart, or a multiple of it, compete for few sets of a first-level cache.
    CONFLICTING_FLOATS = 512,
    // From so many channels on pixels are pointed to, up to as many as there are zeros for pixels outside the image.
    PRODUCT_POINTED = 8,
    PRODUCT_ZEROS = 2048,
};

static inline __attribute__((always_inline)) void product_copy(float *to, const float *from, int64_t count) {
    typedef float four __attribute__((ext_vector_type(4), aligned(4), may_alias));
    int64_t i = 0;
    for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) unloop_store_real(to + i, unloop_load_real(from + i));
#if UNLOOP_WIDTH > 4
#    pragma clang loop unroll(disable)
    for (; i + 4 <= count; i += 4) *(four *)(to + i) = *(const four *)(from + i);
#endif
#pragma clang loop vectorize(disable) unroll(disable)
    for (; i < count; i++) to[i] = from[i];
}

static inline __attribute__((always_inline)) void product_zero(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i++) to[i] = 0;
}

// The same, but up to UNLOOP_WIDTH - 1 floats too many, which must be there and may be overwritten.
UNLOOP_FUNCTION(void) product_copy_beyond(float *to, const float *from, int64_t count) {
    for (int64_t i = 0; i < count; i += UNLOOP_WIDTH) unloop_store_real(to + i, unloop_load_real(from + i));
}
UNLOOP_FUNCTION(void) product_zero_beyond(float *to, int64_t count) {
    for (int64_t i = 0; i < count; i += UNLOOP_WIDTH) unloop_store_real(to + i, REAL_OF(0.0f));
}

// to[x * pitch + y] = from[y * stride + x] for x < width and y < height; what comes in the last vector of each row of
// `to`, of which there are `pitch` floats, is of no use.
static void product_transpose(float *to, int64_t pitch, const float *from, int64_t stride, int64_t width,
                              int64_t height) {
    for (int64_t y = 0; y < height; y += UNLOOP_WIDTH) {
        const float *rows[UNLOOP_WIDTH];
        for (int64_t i = 0; i < UNLOOP_WIDTH; i++) rows[i] = from + (y + i < height ? y + i : height - 1) * stride;
        int64_t x = 0;
        for (; x + UNLOOP_WIDTH <= width; x += UNLOOP_WIDTH) {
            REAL square[UNLOOP_WIDTH];
            product_load_square(square, rows, x, UNLOOP_WIDTH);
#pragma clang loop unroll(full)
            for (int i = 0; i < UNLOOP_WIDTH; i++) unloop_store_real(to + (x + i) * pitch + y, square[i]);
        }
        if (x < width) {
            REAL square[UNLOOP_WIDTH];
            product_load_square(square, rows, x, width - x);
            for (int64_t i = 0; i < width - x; i++) unloop_store_real(to + (x + i) * pitch + y, square[i]);
        }
    }
}

// The end of the elements origin[i * row + j * column] for i < rows and j < columns, if one stride is 1.
UNLOOP_FUNCTION(const float *)
product_end(const float *origin, int64_t row, int64_t rows, int64_t column, int64_t columns) {
    const int64_t last_row = (rows - 1) * row, last_column = (columns - 1) * column;
    return origin + (last_row > 0 ? last_row : 0) + (last_column > 0 ? last_column : 0) + 1;
}

// Rows k0 ..< k1 of the columns j0 ..< j0 + columns into one panel whose rows are `width` apart.
static void product_pack_panel(const unloop_product *p, int64_t k0, int64_t k1, int64_t j0, int64_t columns,
                               int64_t width, float *packed) {
    const float *base = p->b + j0 * p->b_n;
    // How far B certainly reaches, less a vector.
    const float *const limit = p->b_inner >= p->k ? product_end(p->b, p->b_n, p->n, p->b_k, p->k) - UNLOOP_WIDTH : p->b;
    int64_t k = k0;
    while (k < k1) {
        int64_t inner = k % p->b_inner, tap = k / p->b_inner;
        int64_t length = p->b_inner - inner < k1 - k ? p->b_inner - inner : k1 - k;
        const float *from =
            base + tap / p->b_middle * p->b_outer_stride + tap % p->b_middle * p->b_middle_stride + inner * p->b_k;
        float *to = packed + (k - k0) * width;
        if (p->b_n == 1 || columns == 1) {
            if (columns == TILE_COLUMNS) {
                for (int64_t i = 0; i < length; i++)
#pragma clang loop unroll(full)
                    for (int v = 0; v < TILE_VECTORS; v++)
                        unloop_store_real(to + i * TILE_COLUMNS + v * UNLOOP_WIDTH,
                                          unloop_load_real(from + i * p->b_k + v * UNLOOP_WIDTH));
            } else {
                for (int64_t i = 0; i < length; i++) {
                    // What is read beyond the columns goes into lanes of sums that are not stored.
                    if (from + i * p->b_k + columns <= limit) {
                        product_copy_beyond(to + i * width, from + i * p->b_k, columns);
                    } else {
                        product_copy(to + i * width, from + i * p->b_k, columns);
                        product_zero(to + i * width + columns, width - columns);
                    }
                }
            }
        } else if (p->b_k == 1) {
            product_transpose(to, width, from, p->b_n, length, columns);
        } else {
            for (int64_t i = 0; i < length; i++)
                for (int64_t j = 0; j < width; j++)
                    to[i * width + j] = j < columns ? from[i * p->b_k + j * p->b_n] : 0.0f;
        }
        k += length;
    }
}

// How many vectors the panel that begins at column j is wide.
static inline int64_t product_panel_vectors(int64_t columns) {
    return columns >= TILE_COLUMNS ? TILE_VECTORS : (columns + UNLOOP_WIDTH - 1) / UNLOOP_WIDTH;
}

// What the window of one position shows: elements x0 ..< x1 of (tap row, tap column, channel). Up to UNLOOP_WIDTH - 1
// floats behind them are overwritten.
static inline __attribute__((always_inline)) void product_gather_patch(const unloop_patches *s, const float *image,
                                                                       int64_t y, int64_t x, int64_t x0, int64_t x1,
                                                                       float *to) {
    const int64_t line = s->taps_width * s->channels;
    // Neighbouring taps that are neighbours in memory are one run.
    const int joined = s->tap_width == 1 && s->channels == s->pixel_pitch;
    int64_t row = x0 / line, begin = x0 - row * line;
    const int inside = joined && x >= 0 && x + s->taps_width <= s->width;
    const float *const limit = image + s->image_pitch - UNLOOP_WIDTH;
    // Where the image begins and ends in the line.
    const int64_t first = -x * s->channels, last = (s->width - x) * s->channels;
    for (; x0 < x1; row++, begin = 0) {
        const int64_t end = line - begin < x1 - x0 ? line : begin + (x1 - x0);
        const int64_t h = y + row * s->tap_height;
        if (h < 0 || h >= s->height) {
            product_zero_beyond(to, end - begin);
        } else if (inside) {
            const float *from = image + h * s->line_pitch + x * s->pixel_pitch + begin;
            if (from + (end - begin) <= limit)
                product_copy_beyond(to, from, end - begin);
            else
                product_copy(to, from, end - begin);
        } else if (joined) {
            const int64_t left = first < begin ? begin : first > end ? end : first;
            const int64_t right = last < left ? left : last > end ? end : last;
            const float *from = image + h * s->line_pitch + x * s->pixel_pitch + left;
            product_zero_beyond(to, left - begin);
            if (from + (right - left) <= limit)
                product_copy_beyond(to + (left - begin), from, right - left);
            else
                product_copy(to + (left - begin), from, right - left);
            product_zero_beyond(to + (right - begin), end - right);
        } else {
            int64_t tap = begin / s->channels, channel = begin - tap * s->channels;
            float *place = to;
            for (int64_t rest = end - begin; rest > 0; tap++, channel = 0) {
                const int64_t count = s->channels - channel < rest ? s->channels - channel : rest;
                const int64_t w = x + tap * s->tap_width;
                if (w < 0 || w >= s->width)
                    product_zero_beyond(place, count);
                else
                    product_copy(place, image + h * s->line_pitch + w * s->pixel_pitch + channel, count);
                place += count;
                rest -= count;
            }
        }
        to += end - begin;
        x0 += end - begin;
    }
}

// The size of group g of `groups` into which `rows` rows are cut as evenly as possible, the larger ones first.
static inline int64_t product_group_rows(int64_t rows, int64_t groups, int64_t g) {
    return rows / groups + (g < rows % groups);
}

// How A is packed.
static enum product_layout product_layout(const unloop_product *p) {
    switch (p->operand) {
    case UNLOOP_OPERAND_STRIDED:
        return p->a_k != 1 && p->a_row == 1 ? PRODUCT_COLUMNS : PRODUCT_ROWS;
    case UNLOOP_OPERAND_PATCH_ROWS:
        return PRODUCT_ROWS;
    case UNLOOP_OPERAND_PATCH_COLUMNS:
        return p->patches.channels >= PRODUCT_POINTED && p->patches.channels <= PRODUCT_ZEROS - TILE_ROWS
                   ? PRODUCT_POINTERS
                   : PRODUCT_COLUMNS;
    }
}

// The rows first ..< first + count of a strip that one tile computes, and where their part of A lies.
typedef struct {
    int64_t first, count;
    const void *a;
    int64_t stride;
} product_group;

// Whether tiles read A where it is: its lines do not share sets of the caches, and there is little of it or few panels
// use it, if its rows lie apart.
static int product_left_in_place(const unloop_product *p, enum product_layout layout, int64_t rows, int64_t panels) {
    if (p->operand != UNLOOP_OPERAND_STRIDED) return 0;
    if (layout == PRODUCT_ROWS)
        return p->a_k == 1 && (rows <= 2 || p->a_row % CONFLICTING_FLOATS != 0) &&
               (panels <= 4 || rows * p->k <= PRODUCT_SMALL);
    return p->a_row == 1 && p->a_k < CONFLICTING_FLOATS;
}

// Whether tiles read the whole panels of B where it is: it is small, or so few tiles use each panel that a copy costs
// more than it spares, while a second-level cache holds B.
static int product_right_in_place(const unloop_product *p) {
    if (p->b_n != 1 || p->b_inner < p->k) return 0;
    if (p->m <= PRODUCT_FEW_TILES * TILE_ROWS && p->n * p->k <= PRODUCT_CACHED) return 1;
    return p->n * p->k <= PRODUCT_SMALL && p->b_k % CONFLICTING_FLOATS != 0;
}

enum { PRODUCT_MOST_GROUPS = UNLOOP_PRODUCT_STRIP_ROWS / 2 };

// Cuts the rows r0 ..< r1 into groups for the block k0 ..< k0 + length; returns their number. `in_place` when A is not
// packed. Pointers lead to the pixels of one tap, so there no group reaches from one tap into the next.
static int64_t product_cut_rows(const unloop_product *p, enum product_layout layout, int in_place, int64_t r0,
                                int64_t r1, int64_t k0, int64_t length, float *workspace, product_group *groups) {
    int64_t number = 0;
    for (int64_t r = r0; r < r1;) {
        int64_t rows = r1 - r;
        if (layout == PRODUCT_POINTERS && p->patches.channels - r % p->patches.channels < rows)
            rows = p->patches.channels - r % p->patches.channels;
        const int64_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
        for (int64_t part = 0; part < parts; part++) {
            product_group *group = groups + number;
            group->first = r - r0;
            group->count = product_group_rows(rows, parts, part);
            if (in_place) {
                group->a = p->a + r * p->a_row + k0 * p->a_k;
                group->stride = layout == PRODUCT_ROWS ? p->a_row : p->a_k;
            } else if (layout == PRODUCT_ROWS) {
                group->a = workspace + group->first * UNLOOP_PRODUCT_ROW_PITCH;
                group->stride = UNLOOP_PRODUCT_ROW_PITCH;
            } else if (layout == PRODUCT_COLUMNS) {
                group->a = workspace + group->first * length;
                group->stride = group->count;
            } else {
                // Groups of one tap share its pointers.
                const int64_t channel = r % p->patches.channels;
                group->a = number > 0 && channel > 0 ? group[-1].a : workspace + number * (UNLOOP_PRODUCT_BLOCK * 2);
                group->stride = channel;
            }
            r += group->count;
            number++;
        }
    }
    return number;
}

_Static_assert(sizeof(float *) <= 2 * sizeof(float) &&
                   PRODUCT_MOST_GROUPS * UNLOOP_PRODUCT_BLOCK * 2 <= UNLOOP_PRODUCT_STRIP_FLOATS,
               "the workspace of a strip holds its pointers");
_Static_assert((UNLOOP_PRODUCT_STRIP_ROWS + TILE_ROWS - 1) / TILE_ROWS + UNLOOP_PRODUCT_STRIP_ROWS / 8 + 2 <=
                   PRODUCT_MOST_GROUPS,
               "each tap of 8 channels adds a group at most");

static const float product_zeros[PRODUCT_ZEROS];

// Pointers to the pixels that the groups' taps see at the positions k0 ..< k1.
static void product_point(const unloop_product *p, int64_t r0, int64_t k0, int64_t k1, const product_group *groups,
                          int64_t number) {
    const unloop_patches *s = &p->patches;
    for (int64_t g = 0; g < number; g++) {
        if (g > 0 && groups[g].a == groups[g - 1].a) continue;
        const int64_t tap = (r0 + groups[g].first) / s->channels;
        const int64_t h0 = s->first_height + tap / s->taps_width * s->tap_height;
        const int64_t w0 = s->first_width + tap % s->taps_width * s->tap_width;
        // The positions of a line that see pixels inside the image.
        const int64_t begin = w0 < 0 ? (-w0 + s->step_width - 1) / s->step_width : 0;
        const int64_t end = s->width > w0 ? (s->width - w0 + s->step_width - 1) / s->step_width : 0;
        const float **pointers = (const float **)groups[g].a;
        for (int64_t k = k0; k < k1;) {
            const int64_t line = k / s->grid_width, image = line / s->grid_height;
            const int64_t h = h0 + (line - image * s->grid_height) * s->step_height;
            int64_t x = k - line * s->grid_width;
            const int64_t last = x + (k1 - k) < s->grid_width ? x + (k1 - k) : s->grid_width;
            k += last - x;
            if (h >= 0 && h < s->height) {
                const float *pixels = p->a + image * s->image_pitch + h * s->line_pitch + w0 * s->pixel_pitch;
                const int64_t step = s->step_width * s->pixel_pitch, stop = end < last ? end : last;
                for (; x < begin && x < last; x++) *pointers++ = product_zeros;
                for (; x < stop; x++) *pointers++ = pixels + x * step;
            }
            for (; x < last; x++) *pointers++ = product_zeros;
        }
    }
}

// Rows r0 ..< r1 and columns k0 ..< k1 of A.
static void product_pack_strip(const unloop_product *p, enum product_layout layout, int64_t r0, int64_t r1, int64_t k0,
                               int64_t k1, const product_group *groups, int64_t number, float *packed) {
    if (layout == PRODUCT_POINTERS) {
        product_point(p, r0, k0, k1, groups, number);
        return;
    }
    const unloop_patches *s = &p->patches;
    const int64_t rows = r1 - r0, length = k1 - k0;
    switch (p->operand) {
    case UNLOOP_OPERAND_STRIDED: {
        // How far A certainly reaches, less a vector.
        const float *const limit = product_end(p->a, p->a_row, p->m, p->a_k, p->k) - UNLOOP_WIDTH;
        if (layout == PRODUCT_COLUMNS) {
            // A few k at a time, so that their lines are read whole while they are in the first-level cache.
            enum { several = 4 };
            for (int64_t first = 0; first < length; first += several) {
                const int64_t end = first + several < length ? first + several : length;
                for (const product_group *group = groups; group < groups + number; group++) {
                    const int64_t count = group->count;
                    const float *from = p->a + (r0 + group->first) + (k0 + first) * p->a_k;
                    float *to = packed + group->first * length + first * count;
                    for (int64_t k = first; k < end; k++, from += p->a_k, to += count) {
                        // What is written beyond is overwritten by the next k, while there are some.
                        if ((length - k) * count >= TILE_ROWS + UNLOOP_WIDTH && from + count <= limit)
                            product_copy_beyond(to, from, count);
                        else
                            product_copy(to, from, count);
                    }
                }
            }
        } else {
            for (int64_t i = 0; i < rows; i++) {
                const float *from = p->a + (r0 + i) * p->a_row + k0 * p->a_k;
                float *to = packed + i * UNLOOP_PRODUCT_ROW_PITCH;
                if (p->a_k != 1)
                    for (int64_t k = 0; k < length; k++) to[k] = from[k * p->a_k];
                else if (from + length <= limit)
                    product_copy_beyond(to, from, length);
                else
                    product_copy(to, from, length);
            }
        }
        break;
    }
    case UNLOOP_OPERAND_PATCH_ROWS: {
        int64_t x = r0 % s->grid_width, y = r0 / s->grid_width % s->grid_height;
        const float *image = p->a + r0 / s->grid_width / s->grid_height * s->image_pitch;
        for (int64_t i = 0; i < rows; i++) {
            product_gather_patch(s, image, y * s->step_height + s->first_height, x * s->step_width + s->first_width, k0,
                                 k1, packed + i * UNLOOP_PRODUCT_ROW_PITCH);
            if (++x == s->grid_width) {
                x = 0;
                if (++y == s->grid_height) {
                    y = 0;
                    image += s->image_pitch;
                }
            }
        }
        break;
    }
    case UNLOOP_OPERAND_PATCH_COLUMNS: {
        float window[UNLOOP_PRODUCT_STRIP_ROWS + UNLOOP_WIDTH];
        int64_t x = k0 % s->grid_width, y = k0 / s->grid_width % s->grid_height;
        const float *image = p->a + k0 / s->grid_width / s->grid_height * s->image_pitch;
        for (int64_t k = 0; k < length; k++) {
            product_gather_patch(s, image, y * s->step_height + s->first_height, x * s->step_width + s->first_width, r0,
                                 r1, window);
            for (const product_group *group = groups; group < groups + number; group++) {
                float *to = packed + group->first * length + k * group->count;
                // What is written beyond is overwritten by the next positions, while there are some.
                if ((length - k) * group->count >= TILE_ROWS + UNLOOP_WIDTH)
                    product_copy_beyond(to, window + group->first, group->count);
                else
                    product_copy(to, window + group->first, group->count);
            }
            if (++x == s->grid_width) {
                x = 0;
                if (++y == s->grid_height) {
                    y = 0;
                    image += s->image_pitch;
                }
            }
        }
        break;
    }
    }
}
