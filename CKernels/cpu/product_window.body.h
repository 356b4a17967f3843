// Lines of images with their padding, in which tiles read the windows of a convolution in place.
//
// Windows of neighbouring positions share most of their pixels. Copying each window, as packing does, copies a pixel
// once for each tap; here it is copied once into a band [line][x][channel], where rows of A are `step_width` pixels
// apart and k runs along a line of the window, then on in the next line.

// The pixels of a line of a band.
typedef struct {
    // The leftmost pixel, and how many follow.
    int64_t left, pixels;
    // Floats of a line.
    int64_t floats;
    // Lines that a window covers, and how many of them lie above the first tap.
    int64_t lines, above;
} product_window;

static product_window product_window_of(const unloop_patches *s) {
    const int64_t height = (s->taps_height - 1) * s->tap_height, width = (s->taps_width - 1) * s->tap_width;
    product_window window;
    window.left = s->first_width + (width < 0 ? width : 0);
    window.pixels = (s->grid_width - 1) * s->step_width + (width < 0 ? -width : width) + 1;
    window.floats = window.pixels * s->channels;
    window.lines = (height < 0 ? -height : height) + 1;
    window.above = height < 0 ? -height : 0;
    return window;
}

// Output lines of one image whose input fits into a band of so many floats.
static int64_t product_window_lines(const unloop_patches *s, const product_window *window, int64_t floats) {
    const int64_t lines = floats / window->floats - window->lines;
    return lines < 0 ? 0 : lines / s->step_height + 1;
}

// Floats of a band for the windows of any `positions` positions that follow one another.
static int64_t product_window_floats(const unloop_patches *s, const product_window *window, int64_t positions) {
    const int64_t lines = positions / s->grid_width + 2, images = lines / s->grid_height + 2;
    return (lines * s->step_height + images * window->lines) * window->floats;
}

// Whether windows are read in a band. Where positions are rows, its lines must be long enough for tiles, enough of them
// must fit, runs of terms must not be too short, and rows of tiles must not share sets of the first-level cache. Where
// positions are k, a line of a window is a few rows that lie side by side; with more channels pixels are pointed to.
static int product_is_windowed(const unloop_product *p) {
    if (p->operand == UNLOOP_OPERAND_STRIDED || p->k == 0 || p->m == 0) return 0;
    const unloop_patches *s = &p->patches;
    const product_window window = product_window_of(s);
    const int64_t room = UNLOOP_PRODUCT_STRIP_FLOATS - UNLOOP_WIDTH;
    // Such windows find no room; what follows may multiply smaller ones.
    if (window.pixels > room || window.lines > room) return 0;
    if (p->operand == UNLOOP_OPERAND_PATCH_COLUMNS)
        return s->channels < PRODUCT_POINTED && s->tap_width == 1 && s->taps_width * s->channels >= 3 &&
               product_window_floats(s, &window, UNLOOP_PRODUCT_BLOCK) <= room;
    if (s->grid_width < 8 || s->step_width * s->channels % CONFLICTING_FLOATS == 0) return 0;
    if (s->tap_width != 1 && s->channels < 8) return 0;
    const int64_t lines = product_window_lines(s, &window, room);
    return lines >= s->grid_height || lines * s->grid_width >= UNLOOP_PRODUCT_STRIP_ROWS / 2;
}

// One line of an image, h, into a band.
static void product_window_line(const unloop_patches *s, const product_window *window, const float *image, int64_t h,
                                float *to) {
    int64_t begin = window->left < 0 ? -window->left : 0, end = s->width - window->left;
    if (begin > window->pixels) begin = window->pixels;
    if (end > window->pixels) end = window->pixels;
    if (h < 0 || h >= s->height || end < begin) end = begin;
    product_zero(to, begin * s->channels);
    const float *from = image + h * s->line_pitch + (window->left + begin) * s->pixel_pitch;
    float *place = to + begin * s->channels;
    if (s->channels == s->pixel_pitch) {
        product_copy(place, from, (end - begin) * s->channels);
    } else {
        for (int64_t x = begin; x < end; x++, from += s->pixel_pitch, place += s->channels)
            product_copy(place, from, s->channels);
    }
    product_zero(to + end * s->channels, window->floats - end * s->channels);
}

// The lines of an image that `count` output lines see from line y on, into a band; returns how many they are.
static int64_t product_window_fill(const unloop_product *p, const product_window *window, int64_t image, int64_t y,
                                   int64_t count, float *band) {
    const unloop_patches *s = &p->patches;
    const int64_t filled = (count - 1) * s->step_height + window->lines;
    for (int64_t i = 0; i < filled; i++)
        product_window_line(s, window, p->a + image * s->image_pitch,
                            y * s->step_height + s->first_height - window->above + i, band + i * window->floats);
    return filled;
}

// Fills a band for the rows r ..< r1 of a strip that begins with row r0, as many as find room, and cuts them into
// groups. Returns the row after the last one.
static int64_t product_fill_band(const unloop_product *p, int64_t r0, int64_t r, int64_t r1, float *band,
                                 product_group *groups, int64_t *number) {
    const unloop_patches *s = &p->patches;
    const product_window window = product_window_of(s);
    float *const end = band + UNLOOP_PRODUCT_STRIP_FLOATS - UNLOOP_WIDTH;
    *number = 0;
    while (r < r1) {
        const int64_t line = r / s->grid_width, image = line / s->grid_height, y = line - image * s->grid_height;
        int64_t count = product_window_lines(s, &window, end - band);
        if (count == 0) break;
        if (count > (r1 - 1) / s->grid_width - line + 1) count = (r1 - 1) / s->grid_width - line + 1;
        if (count > s->grid_height - y) count = s->grid_height - y;
        const int64_t filled = product_window_fill(p, &window, image, y, count, band);
        for (int64_t l = 0; l < count; l++) {
            const int64_t begin = (line + l) * s->grid_width;
            const int64_t rows = (r1 < begin + s->grid_width ? r1 : begin + s->grid_width) - r;
            const int64_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
            const float *first = band + (l * s->step_height + window.above) * window.floats +
                                 (s->first_width - window.left) * s->channels;
            for (int64_t part = 0; part < parts; part++) {
                product_group *group = groups + (*number)++;
                group->first = r - r0;
                group->count = product_group_rows(rows, parts, part);
                group->a = first + (r - begin) * s->step_width * s->channels;
                group->stride = s->step_width * s->channels;
                r += group->count;
            }
        }
        band += filled * window.floats;
    }
    return r;
}

// Where the terms k0 ..< k0 + length lie from the first tap of a window on.
static void product_window_runs(const unloop_product *p, int64_t k0, int64_t length, product_runs *runs) {
    const unloop_patches *s = &p->patches;
    const product_window window = product_window_of(s);
    // Neighbouring taps that are neighbours in a line are one run.
    const int64_t taps = s->tap_width == 1 ? s->taps_width : 1, whole = taps * s->channels;
    runs->count = 0;
    for (int64_t k = k0; k < k0 + length;) {
        const int64_t tap = k / whole * taps, row = tap / s->taps_width, column = tap - row * s->taps_width;
        const int64_t begin = k % whole, rest = k0 + length - k;
        product_run_of_terms *run = runs->run + runs->count++;
        run->offset = row * s->tap_height * window.floats + column * s->tap_width * s->channels + begin;
        run->length = whole - begin < rest ? whole - begin : rest;
        k += run->length;
    }
}

// Fills a band for the positions k0 ..< k0 + length, which are terms, and says where they lie from the first tap on.
static void product_fill_positions(const unloop_product *p, int64_t k0, int64_t length, float *band,
                                   product_runs *runs) {
    const unloop_patches *s = &p->patches;
    const product_window window = product_window_of(s);
    float *const first = band;
    runs->count = 0;
    for (int64_t k = k0; k < k0 + length;) {
        const int64_t line = k / s->grid_width, image = line / s->grid_height, y = line - image * s->grid_height;
        int64_t count = (k0 + length - 1) / s->grid_width - line + 1;
        if (count > s->grid_height - y) count = s->grid_height - y;
        const int64_t filled = product_window_fill(p, &window, image, y, count, band);
        for (int64_t l = 0; l < count; l++) {
            const int64_t begin = (line + l) * s->grid_width;
            product_run_of_terms *run = runs->run + runs->count++;
            run->offset = (band - first) + (l * s->step_height + window.above) * window.floats +
                          (s->first_width - window.left + (k - begin) * s->step_width) * s->channels;
            run->length = (k0 + length < begin + s->grid_width ? k0 + length : begin + s->grid_width) - k;
            k += run->length;
        }
        band += filled * window.floats;
    }
}

// Cuts the rows r0 ..< r1, which are taps and channels, into groups in such a band; returns their number.
static int64_t product_cut_taps(const unloop_product *p, int64_t r0, int64_t r1, const float *band,
                                product_group *groups) {
    const unloop_patches *s = &p->patches;
    const product_window window = product_window_of(s);
    const int64_t whole = s->taps_width * s->channels;
    int64_t number = 0;
    for (int64_t r = r0; r < r1;) {
        const int64_t line = r / whole, begin = r - line * whole;
        const int64_t rows = whole - begin < r1 - r ? whole - begin : r1 - r;
        const int64_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
        for (int64_t part = 0; part < parts; part++) {
            product_group *group = groups + number++;
            group->first = r - r0;
            group->count = product_group_rows(rows, parts, part);
            group->a = band + line * s->tap_height * window.floats + (r - line * whole);
            group->stride = s->step_width * s->channels;
            r += group->count;
        }
    }
    return number;
}
