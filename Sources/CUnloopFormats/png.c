// PNG files by libpng (W3C Recommendation, Portable Network Graphics, second edition).
#ifdef UNLOOP_FORMATS
#    include "failure.h"

#    include <png.h>
#    include <setjmp.h>
#    include <stdlib.h>
#    include <string.h>

struct unloop_png {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count;
    size_t position;
    uint8_t *row;
    struct unloop_image image;
    struct unloop_failure failure;
    // Where errors of libpng return to.
    jmp_buf place;
};

// MARK: what libpng calls

static _Noreturn void on_error(png_structp png, png_const_charp text) {
    struct unloop_png *self = png_get_error_ptr(png);
    if (self->failure.kind == unloop_failure_none) unloop_fail(&self->failure, unloop_failure_malformed, text);
    longjmp(self->place, 1);
}

// Of what does not change the pixels.
static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep target, size_t count) {
    struct unloop_png *self = png_get_io_ptr(png);
    if (count > self->count - self->position) {
        unloop_fail(&self->failure, unloop_failure_truncated, "");
        png_error(png, "truncated");
    }
    memcpy(target, self->bytes + self->position, count);
    self->position += count;
}

// MARK: reading

// Chunks that do not change the samples: color profiles and times, some of them compressed.
static const png_byte skipped[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
                                  "sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";
static const int skipped_count = sizeof skipped / 5;

void unloop_png_close(struct unloop_png *self) {
    if (!self) return;
    png_destroy_read_struct(&self->png, &self->info, NULL);
    free(self->row);
    free(self);
}

// The bytes of all rows before they are compressed; of an interlaced image, those of its seven passes.
static uint64_t row_bytes(png_structp png, png_infop info) {
    const uint64_t bits = (uint64_t)png_get_bit_depth(png, info) * png_get_channels(png, info);
    const uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (png_get_interlace_type(png, info) == PNG_INTERLACE_NONE) return height * (1 + (width * bits + 7) / 8);
    uint64_t sum = 0;
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        const uint64_t columns = PNG_PASS_COLS(width, pass);
        if (columns > 0) sum += PNG_PASS_ROWS(height, pass) * (1 + (columns * bits + 7) / 8);
    }
    return sum;
}

struct unloop_png *unloop_png_open(const uint8_t *bytes, size_t count, struct unloop_image *image,
                                   struct unloop_failure *failure) {
    struct unloop_png *self = calloc(1, sizeof *self);
    if (!self) {
        unloop_fail(failure, unloop_failure_memory, "there is no memory to decode it");
        return NULL;
    }
    self->bytes = bytes;
    self->count = count;
    if (setjmp(self->place)) {
        *failure = self->failure;
        unloop_png_close(self);
        return NULL;
    }
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    self->info = self->png ? png_create_info_struct(self->png) : NULL;
    if (!self->info) {
        if (self->failure.kind == unloop_failure_none)
            unloop_fail(&self->failure, unloop_failure_memory, "there is no memory to decode it");
        longjmp(self->place, 1);
    }
    png_set_read_fn(self->png, self, on_read);
    // A wrong check is an error in chunks of every kind.
    png_set_crc_action(self->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, skipped, skipped_count);
    png_read_info(self->png, self->info);

    const int color_type = png_get_color_type(self->png, self->info);
    self->image.width = png_get_image_width(self->png, self->info);
    self->image.height = png_get_image_height(self->png, self->info);
    self->image.channels = color_type & PNG_COLOR_MASK_COLOR ? 3 : 1;
    // Deflate makes data at most 1032 times shorter (zlib Technical Details, zlib.net/zlib_tech.html).
    self->image.least_bytes = row_bytes(self->png, self->info) / 1032;
    *image = self->image;
    return self;
}

// round((alpha · sample + (255 − alpha) · background) / 255)
static uint8_t blended(unsigned sample, unsigned alpha, unsigned background) {
    return (uint8_t)((2 * (alpha * sample + (255 - alpha) * background) + 255) / 510);
}

// Pixels of a row, whose samples may be followed by an alpha, to pixels that lie `step` samples apart.
static void place_row(const uint8_t *row, uint32_t count, uint32_t channels, bool has_alpha, unsigned background,
                      uint8_t *target, size_t step) {
    for (uint32_t i = 0; i < count; i++, target += step) {
        const uint8_t *pixel = row + (size_t)i * (channels + has_alpha);
        const unsigned alpha = has_alpha ? pixel[channels] : 255;
        for (uint32_t c = 0; c < channels; c++)
            target[c] = alpha == 255 ? pixel[c] : blended(pixel[c], alpha, background);
    }
}

bool unloop_png_read(struct unloop_png *self, int background, uint8_t *samples, struct unloop_failure *failure) {
    if (setjmp(self->place)) {
        *failure = self->failure;
        return false;
    }
    const png_structp png = self->png;
    const int color_type = png_get_color_type(png, self->info);
    const uint32_t width = self->image.width, height = self->image.height, channels = self->image.channels;
    if (color_type == PNG_COLOR_TYPE_PALETTE) {
        png_set_palette_to_rgb(png);
    } else if (png_get_bit_depth(png, self->info) < 8) {
        png_set_expand_gray_1_2_4_to_8(png);
    }
    // Rounds to the nearest, unlike png_set_strip_16.
    png_set_scale_16(png);
    if (background < 0) {
        png_set_strip_alpha(png);
    } else if (png_get_valid(png, self->info, PNG_INFO_tRNS)) {
        png_set_tRNS_to_alpha(png);
    }
    png_read_update_info(png, self->info);
    const bool has_alpha = png_get_channels(png, self->info) == channels + 1;
    if (png_get_bit_depth(png, self->info) != 8 || png_get_channels(png, self->info) != channels + has_alpha)
        png_error(png, "libpng gives other samples than were asked for");

    const size_t length = (size_t)width * channels;
    const bool is_interlaced = png_get_interlace_type(png, self->info) != PNG_INTERLACE_NONE;
    if (!is_interlaced && !has_alpha) {
        for (uint32_t y = 0; y < height; y++) png_read_row(png, samples + y * length, NULL);
    } else {
        self->row = malloc(png_get_rowbytes(png, self->info));
        if (!self->row) {
            unloop_fail(&self->failure, unloop_failure_memory, "there is no memory to decode it");
            longjmp(self->place, 1);
        }
        // Without libpng's own handling of passes each is an image of its own, and no other memory is needed than that
        // of a row.
        for (int pass = 0; pass < (is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++) {
            const uint32_t columns = is_interlaced ? PNG_PASS_COLS(width, pass) : width;
            const uint32_t rows = is_interlaced ? PNG_PASS_ROWS(height, pass) : height;
            if (columns == 0) continue;
            const size_t column_step = is_interlaced ? PNG_PASS_COL_OFFSET(pass) : 1;
            const size_t row_step = is_interlaced ? PNG_PASS_ROW_OFFSET(pass) : 1;
            const size_t column = is_interlaced ? PNG_PASS_START_COL(pass) : 0;
            const size_t row = is_interlaced ? PNG_PASS_START_ROW(pass) : 0;
            for (uint32_t y = 0; y < rows; y++) {
                png_read_row(png, self->row, NULL);
                place_row(self->row, columns, channels, has_alpha, (unsigned)background,
                          samples + (row + y * row_step) * length + column * channels, column_step * channels);
            }
        }
    }
    png_read_end(png, NULL);
    return true;
}

// MARK: writing

struct writer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    struct unloop_failure failure;
    jmp_buf place;
};

static _Noreturn void on_write_error(png_structp png, png_const_charp text) {
    struct writer *writer = png_get_error_ptr(png);
    unloop_fail(&writer->failure, unloop_failure_memory, text);
    longjmp(writer->place, 1);
}

static void on_write(png_structp png, png_bytep source, size_t count) {
    struct writer *writer = png_get_io_ptr(png);
    if (count > writer->capacity - writer->count) {
        const size_t capacity = 2 * writer->capacity + count + 4096;
        uint8_t *bytes = realloc(writer->bytes, capacity);
        if (!bytes) png_error(png, "there is no memory for the file's bytes");
        writer->bytes = bytes;
        writer->capacity = capacity;
    }
    memcpy(writer->bytes + writer->count, source, count);
    writer->count += count;
}

static void on_flush(png_structp png) { (void)png; }

uint8_t *unloop_png_write(const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int level,
                          size_t *count, struct unloop_failure *failure) {
    struct writer *writer = calloc(1, sizeof *writer);
    // Changed after setjmp, and looked at after longjmp.
    volatile png_structp png = NULL;
    volatile png_infop info = NULL;
    uint8_t *result = NULL;
    if (!writer) {
        unloop_fail(failure, unloop_failure_memory, "there is no memory to compress it");
        return NULL;
    }
    if (!setjmp(writer->place)) {
        png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_write_error, on_warning);
        info = png ? png_create_info_struct(png) : NULL;
        if (info) {
            png_set_write_fn(png, writer, on_write, on_flush);
            png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
            png_set_compression_level(png, level);
            png_set_IHDR(png, info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                         PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
            png_write_info(png, info);
            for (uint32_t y = 0; y < height; y++) png_write_row(png, samples + (size_t)y * width * channels);
            png_write_end(png, NULL);
            result = writer->bytes;
            *count = writer->count;
        } else {
            unloop_fail(&writer->failure, unloop_failure_memory, "there is no memory to compress it");
        }
    }
    if (!result) {
        *failure = writer->failure;
        free(writer->bytes);
    }
    png_structp written = png;
    png_infop described = info;
    png_destroy_write_struct(&written, &described);
    free(writer);
    return result;
}

void unloop_png_release(uint8_t *bytes) { free(bytes); }
#endif
