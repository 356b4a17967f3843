// Matrix products and convolutions on the CPU, described once for every instruction set.
//
// C[i, j] = sum over k of A[i, k] B[k, j], with k cut into blocks of UNLOOP_PRODUCT_BLOCK, every block an fma chain
// from +0, the block sums added in increasing order (Numerics.md). A and C may lie scattered in images, which makes the
// three directions of a convolution the same product:
//
//   forward          A row = output position, A k = (tap row, tap column, channel)
//   input gradient   the same over the output gradient, once for every phase of the stride, with negative tap steps
//   filter gradient  A row = (tap row, tap column, channel), A k = (image, output row, output column)
#pragma once
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
    // Length of the blocks of k; part of the numerics contract.
    UNLOOP_PRODUCT_BLOCK = 256,
    // Distance of packed rows of A in floats: a block and one cache line, so that rows do not share cache sets.
    UNLOOP_PRODUCT_ROW_PITCH = UNLOOP_PRODUCT_BLOCK + 16,
    // Most rows of C that are computed from one packed strip of A.
    UNLOOP_PRODUCT_STRIP_ROWS = 224,
    // Floats that a packed strip of A takes.
    UNLOOP_PRODUCT_STRIP_FLOATS = UNLOOP_PRODUCT_STRIP_ROWS * UNLOOP_PRODUCT_ROW_PITCH,
};

// Where the elements of A come from.
enum unloop_operand {
    // a + i * a_row + k * a_k
    UNLOOP_OPERAND_STRIDED,
    // Row i is a position of the grid, k runs over (tap row, tap column, channel).
    UNLOOP_OPERAND_PATCH_ROWS,
    // Row i runs over (tap row, tap column, channel), k is a position of the grid.
    UNLOOP_OPERAND_PATCH_COLUMNS,
};

// The elements that a window sees at each position of a grid [images, grid_height, grid_width]: tap (r, s) of position
// (y, x) is the pixel (y * step_height + first_height + r * tap_height, likewise for columns). Pixels outside the image
// count as +0.
typedef struct {
    int64_t height, width;
    // Distances between images, rows of pixels and pixels, in floats.
    int64_t image_pitch, line_pitch, pixel_pitch;
    // Channels taken of every pixel.
    int64_t channels;
    int64_t grid_height, grid_width;
    int64_t step_height, step_width;
    int64_t taps_height, taps_width;
    int64_t first_height, first_width;
    int64_t tap_height, tap_width;
} unloop_patches;

typedef struct {
    int64_t m, n, k;

    enum unloop_operand operand;
    const float *_Nullable a;
    int64_t a_row, a_k;
    unloop_patches patches;

    // B[k, j]: k = (outer, middle, inner) with the sizes b_middle and b_inner and a stride for each; a plain matrix has
    // b_middle = 1 and b_inner = k.
    const float *_Nullable b;
    int64_t b_middle, b_inner;
    int64_t b_outer_stride, b_middle_stride, b_k, b_n;

    // Row i of C begins at i * c_row, or, when c_grid_width is not 0, row (image, y, x) of a grid begins at
    // image * c_image + y * c_line + x * c_row. Columns lie side by side.
    float *_Nullable c;
    int64_t c_grid_height, c_grid_width;
    int64_t c_image, c_line, c_row;
    // 0, or block q of k is not added but stored by itself, with C beginning q * c_block floats later.
    int64_t c_block;
} unloop_product;

struct unloop_cpu_product_kernels {
    // Columns of a panel, the unit in which B is packed.
    int64_t panel_columns;

    // Packs the panels panel0 ..< panel1 of a chunk of B, the rows k0 ..< k1 (k0 a multiple of the block) of the
    // columns j0 ..< j1, into the chunk's memory: (k1 - k0) * ceil((j1 - j0) / panel_columns) * panel_columns floats.
    void (*pack)(const unloop_product *product, int64_t k0, int64_t k1, int64_t j0, int64_t j1, int64_t panel0,
                 int64_t panel1, float *packed);

    // Stores (k0 = 0) or adds a chunk's part of the rows r0 ..< r1 of C, at most UNLOOP_PRODUCT_STRIP_ROWS, in the
    // panels panel0 ..< panel1 of the chunk. `workspace` has UNLOOP_PRODUCT_STRIP_FLOATS floats.
    void (*strip)(const unloop_product *product, const float *packed, int64_t k0, int64_t k1, int64_t j0, int64_t j1,
                  int64_t panel0, int64_t panel1, int64_t r0, int64_t r1, float *workspace);

    // The rows r0 ..< r1 of the whole product, on this thread. `workspace` has `floats` floats: at least
    // UNLOOP_PRODUCT_STRIP_FLOATS and UNLOOP_PRODUCT_BLOCK rows of a panel; not looked at where k is 0, and where all
    // rows of a product are asked for that `is_vector`.
    void (*run)(const unloop_product *product, int64_t r0, int64_t r1, float *workspace, int64_t floats);

    // Adds `blocks` matrices of m * n floats, which follow one another, in order to the rows r0 ..< r1 of C; the first
    // one overwrites C when `overwrite` is not 0. The product's c_block is not used.
    void (*add_blocks)(const unloop_product *product, const float *sums, int64_t blocks, int overwrite, int64_t r0,
                       int64_t r1);

    // Whether `vector` takes the product: one of its matrices is a vector.
    int (*is_vector)(const unloop_product *product);
    // The elements o0 ..< o1 of C.
    void (*vector)(const unloop_product *product, int64_t o0, int64_t o1);

    // Whether outputs are contiguous in the matrix, so that threads had better share k than them.
    int (*vector_is_wide)(const unloop_product *product);
    // For such a product: the sums over the block of k that begins at k0 of the elements o0 ..< o1, to `sums`.
    void (*vector_block)(const unloop_product *product, int64_t k0, int64_t o0, int64_t o1, float *sums);

    // Whether `narrow` is better at `count` products that it takes together, at least one: convolutions with few
    // columns.
    int (*is_narrow)(const unloop_product *products, int64_t count);
    // B in the form that `narrow` reads: k * n floats.
    void (*narrow_pack)(const unloop_product *product, float *packed);
    // Floats that `narrow` needs for bands of `lines` lines of the grid.
    int64_t (*narrow_floats)(const unloop_product *products, int64_t count, int64_t lines);
    // The lines y0 ..< y1 of one image of C. `count` products over the same images are computed together; they differ
    // in B, C, k, taps and size of the grid only, and `packed` holds the packed B of each, one after the other.
    void (*narrow)(const unloop_product *products, int64_t count, int64_t image, int64_t y0, int64_t y1,
                   const float *packed, float *workspace);

    // Of pixels of channels * multiplier floats, takes apart the numbers of the channels that belong to one: to
    // [pixel][multiplier][channel] from [pixel][channel][multiplier]; and the reverse.
    void (*depthwise_split)(const float *from, float *to, int64_t pixels, int64_t channels, int64_t multiplier);
    void (*depthwise_merge)(const float *from, float *to, int64_t pixels, int64_t channels, int64_t multiplier);
    // The positions r0 ..< r1 of a convolution of each of n input channels by itself. A's pixels have patches.channels
    // terms for each of them, n floats apart, and B as many for each tap, b_k apart, all of `multiplier` sets of n
    // columns. Sets of columns are merged where C has several. `zeros` has n zeros, `workspace` multiplier * n floats
    // for each position.
    void (*depthwise)(const unloop_product *product, int64_t multiplier, int64_t r0, int64_t r1, const float *zeros,
                      float *_Nullable workspace);
    // Its filter gradient: the sums over one block k0 ..< k1 of positions, of all taps of the channels c0 ..< c1, to
    // `sums` [tap][n].
    void (*depthwise_filter_gradient)(const unloop_product *product, int64_t k0, int64_t k1, int64_t c0, int64_t c1,
                                      const float *zeros, float *sums);
};

#pragma clang assume_nonnull end
