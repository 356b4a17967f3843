// Matrix products: packed blocks of B, and strips of C computed from them.
//
// A caller cuts the product into chunks of k and n, packs a chunk of B (panels may be packed by several threads), then
// computes strips of rows, each by one thread with a workspace of UNLOOP_PRODUCT_STRIP_FLOATS. `product_run` does the
// same on one thread for small products.

// Packs the panels panel0 ..< panel1 of the chunk (rows k0 ..< k1, columns j0 ..< j1) of B into the chunk's memory.
static void product_pack(const unloop_product *p, int64_t k0, int64_t k1, int64_t j0, int64_t j1, int64_t panel0,
                         int64_t panel1, float *packed) {
    const int64_t width = (j1 - j0 + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
    for (int64_t k = k0; k < k1; k += UNLOOP_PRODUCT_BLOCK) {
        const int64_t end = k + UNLOOP_PRODUCT_BLOCK < k1 ? k + UNLOOP_PRODUCT_BLOCK : k1;
        float *block = packed + (k - k0) * width;
        for (int64_t panel = panel0; panel < panel1; panel++) {
            const int64_t j = j0 + panel * TILE_COLUMNS;
            const int64_t columns = j1 - j < TILE_COLUMNS ? j1 - j : TILE_COLUMNS;
            product_pack_panel(p, k, end, j, columns, product_panel_vectors(columns) * UNLOOP_WIDTH,
                               block + panel * TILE_COLUMNS * (end - k));
        }
    }
}

// Where row i of C begins.
static int64_t product_row_offset(const unloop_product *p, int64_t i) {
    if (p->c_grid_width == 0) return i * p->c_row;
    const int64_t line = i / p->c_grid_width, x = i - line * p->c_grid_width;
    const int64_t image = line / p->c_grid_height, y = line - image * p->c_grid_height;
    return image * p->c_image + y * p->c_line + x * p->c_row;
}

// Brings the rows of a group that is read in place nearer: tiles read a little of each at a time, which hides from the
// processor that they are long.
static void product_fetch_rows(const product_group *group, int64_t length) {
    for (int64_t i = 0; i < group->count; i++) {
        const float *row = (const float *)group->a + i * group->stride;
        for (int64_t k = 0; k < length; k += 64 / sizeof(float)) __builtin_prefetch(row + k, 0, 2);
    }
}

// Rows r0 ..< r1 (at most UNLOOP_PRODUCT_STRIP_ROWS) of the panels panel0 ..< panel1 of C, over the packed chunk
// (k0 ..< k1, j0 ..< j1) of B. If B is read in place, `packed` has the last panel only, when that is not whole.
static void product_strip_from(const unloop_product *p, int right_in_place, const float *packed, int64_t k0, int64_t k1,
                               int64_t j0, int64_t j1, int64_t panel0, int64_t panel1, int64_t r0, int64_t r1,
                               float *workspace) {
    const int64_t width = right_in_place ? TILE_COLUMNS : (j1 - j0 + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
    const enum product_layout layout = product_layout(p);
    const int windowed = product_is_windowed(p), windowed_rows = windowed && p->operand == UNLOOP_OPERAND_PATCH_ROWS;
    const int left_in_place = product_left_in_place(p, layout, r1 - r0, panel1 - panel0);
    const int fetch_rows = left_in_place && layout == PRODUCT_ROWS && p->m * p->k > PRODUCT_SMALL;
    int64_t offsets[UNLOOP_PRODUCT_STRIP_ROWS];
    for (int64_t i = 0; i < r1 - r0; i++) offsets[i] = product_row_offset(p, r0 + i);
    product_group groups[PRODUCT_MOST_GROUPS];
    int64_t number = 0;
    // Rows that are read in a band are as many at a time as find room there.
    for (int64_t first = r0, end = r1; first < r1; first = end) {
        if (windowed_rows) end = product_fill_band(p, r0, first, r1, workspace, groups, &number);
        for (int64_t k = k0; k < k1; k += UNLOOP_PRODUCT_BLOCK) {
            const int64_t length = k + UNLOOP_PRODUCT_BLOCK < k1 ? UNLOOP_PRODUCT_BLOCK : k1 - k;
            product_runs runs;
            runs.fetch = length >= 64 && p->m * p->n > 8 * PRODUCT_SMALL;
            if (windowed_rows) {
                product_window_runs(p, k, length, &runs);
            } else if (windowed) {
                product_fill_positions(p, k, length, workspace, &runs);
                number = product_cut_taps(p, r0, r1, workspace, groups);
            } else {
                runs.count = 1;
                runs.run[0] = (product_run_of_terms){.length = length};
                number = product_cut_rows(p, layout, left_in_place, r0, r1, k, length, workspace, groups);
                if (!left_in_place) product_pack_strip(p, layout, r0, r1, k, k + length, groups, number, workspace);
            }
            const float *block = packed + (k - k0) * width;
            float *c = p->c + k / UNLOOP_PRODUCT_BLOCK * p->c_block;
            for (int64_t panel = panel0; panel < panel1; panel++) {
                const int64_t j = j0 + panel * TILE_COLUMNS;
                const int64_t columns = j1 - j < TILE_COLUMNS ? j1 - j : TILE_COLUMNS;
                const int64_t vectors = product_panel_vectors(columns);
                product_tile *const *tiles = product_tiles[layout][vectors - 1];
                const float *right = block + panel * TILE_COLUMNS * length;
                int64_t right_stride = vectors * UNLOOP_WIDTH;
                if (right_in_place) {
                    const int whole = columns % UNLOOP_WIDTH == 0;
                    right = whole ? p->b + k * p->b_k + j : block;
                    if (whole) right_stride = p->b_k;
                }
                // The next panel comes nearer while this one is used.
                const char *next = (const char *)(right + TILE_COLUMNS * length);
                const char *const stop =
                    panel + 1 < panel1 && !right_in_place ? next + TILE_COLUMNS * length * sizeof(float) : next;
                const int64_t share = (stop - next) / number + 64;
                for (const product_group *group = groups; group < groups + number; group++) {
                    for (const char *part = next + share; next < part && next < stop; next += 64)
                        __builtin_prefetch(next, 0, 2);
                    if (fetch_rows && panel == panel0 && group + 1 < groups + number)
                        product_fetch_rows(group + 1, length);
                    tiles[group->count - 1](&runs, group->a, group->stride, right, right_stride, c + j,
                                            offsets + group->first, columns, p->c_block == 0 && k > 0);
                }
            }
        }
    }
}

static void product_strip(const unloop_product *p, const float *packed, int64_t k0, int64_t k1, int64_t j0, int64_t j1,
                          int64_t panel0, int64_t panel1, int64_t r0, int64_t r1, float *workspace) {
    product_strip_from(p, 0, packed, k0, k1, j0, j1, panel0, panel1, r0, r1, workspace);
}

static void product_add_blocks(const unloop_product *p, const float *sums, int64_t blocks, int overwrite, int64_t r0,
                               int64_t r1) {
    for (int64_t i = r0; i < r1; i++) {
        float *row = p->c + product_row_offset(p, i);
        for (int64_t block = 0; block < blocks; block++)
            product_store_edge(row, sums + (block * p->m + i) * p->n, p->n, block > 0 || !overwrite);
    }
}

// Rows of C that are +0, because k = 0.
static void product_clear(const unloop_product *p, int64_t r0, int64_t r1) {
    for (int64_t i = r0; i < r1; i++) memset(p->c + product_row_offset(p, i), 0, (size_t)p->n * sizeof(float));
}

// The rows r0 ..< r1 of the whole product on this thread; `workspace` has `floats` floats, at least
// UNLOOP_PRODUCT_STRIP_FLOATS and one block of one panel.
static void product_run(const unloop_product *p, int64_t r0, int64_t r1, float *workspace, int64_t floats) {
    if (p->k == 0) {
        product_clear(p, r0, r1);
        return;
    }
    if (r0 == 0 && r1 == p->m && product_is_vector(p)) {
        product_vector(p, 0, p->m * p->n);
        return;
    }
    float *packed = workspace + UNLOOP_PRODUCT_STRIP_FLOATS;
    const int in_place = product_right_in_place(p);
    const int64_t room = floats - UNLOOP_PRODUCT_STRIP_FLOATS;
    const int64_t block = p->k < UNLOOP_PRODUCT_BLOCK ? p->k : UNLOOP_PRODUCT_BLOCK;
    int64_t columns = room / block / TILE_COLUMNS * TILE_COLUMNS;
    if (columns > p->n) columns = (p->n + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
    int64_t depth = room / columns / UNLOOP_PRODUCT_BLOCK * UNLOOP_PRODUCT_BLOCK;
    if (depth < block) depth = block;
    const int64_t strips = (r1 - r0 + UNLOOP_PRODUCT_STRIP_ROWS - 1) / UNLOOP_PRODUCT_STRIP_ROWS;
    for (int64_t j0 = 0; j0 < p->n; j0 += columns) {
        const int64_t j1 = j0 + columns < p->n ? j0 + columns : p->n;
        const int64_t panels = (j1 - j0 + TILE_COLUMNS - 1) / TILE_COLUMNS;
        for (int64_t k0 = 0; k0 < p->k; k0 += depth) {
            const int64_t k1 = k0 + depth < p->k ? k0 + depth : p->k;
            if (!in_place)
                product_pack(p, k0, k1, j0, j1, 0, panels, packed);
            else if (j1 % UNLOOP_WIDTH != 0)
                product_pack(p, k0, k1, j0 + (panels - 1) * TILE_COLUMNS, j1, 0, 1, packed);
            int64_t first = r0;
            for (int64_t s = 0; s < strips; s++) {
                const int64_t count = product_group_rows(r1 - r0, strips, s);
                product_strip_from(p, in_place, packed, k0, k1, j0, j1, 0, panels, first, first + count, workspace);
                first += count;
            }
        }
    }
}
