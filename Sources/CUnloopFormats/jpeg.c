// JPEG files by libjpeg-turbo (ITU-T T.81). The discrete cosine transform and the upsampling are the library's usual
// ones, so that the samples are those of every program that leaves the choice to the library.
#ifdef UNLOOP_FORMATS
#    include "failure.h"

#    include <setjmp.h>
#    include <stdio.h>
#    include <stdlib.h>

#    include <jpeglib.h>
#    include <jerror.h>

struct unloop_jpeg {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct unloop_failure failure;
    uint8_t *row;
    // Where errors of libjpeg return to.
    jmp_buf place;
};

// More scans than any program writes: each may be a few bytes in the file, and a walk over all of the image.
static const int largest_scan_count = 100;

// MARK: what libjpeg calls

static _Noreturn void stop(struct unloop_jpeg *self, enum unloop_failure_kind kind) {
    char text[JMSG_LENGTH_MAX];
    self->errors.format_message((j_common_ptr)&self->decoder, text);
    unloop_fail(&self->failure, kind, text);
    longjmp(self->place, 1);
}

static _Noreturn void on_error(j_common_ptr decoder) {
    struct unloop_jpeg *self = decoder->client_data;
    switch (self->errors.msg_code) {
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        stop(self, unloop_failure_unsupported);
    case JERR_OUT_OF_MEMORY:
        stop(self, unloop_failure_memory);
    // Of files without bytes.
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
        stop(self, unloop_failure_truncated);
    default:
        stop(self, unloop_failure_malformed);
    }
}

// A level below 0 is a warning: libjpeg goes on with invented samples. What is harmless is let through: bytes between
// segments and newer versions of markers do not change the samples.
static void on_message(j_common_ptr decoder, int level) {
    struct unloop_jpeg *self = decoder->client_data;
    if (level >= 0) return;
    switch (self->errors.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_TOO_MUCH_DATA:
        return;
    case JWRN_HIT_MARKER:
    case JWRN_JPEG_EOF:
        stop(self, unloop_failure_truncated);
    default:
        stop(self, unloop_failure_malformed);
    }
}

static void on_progress(j_common_ptr decoder) {
    struct unloop_jpeg *self = decoder->client_data;
    if (self->decoder.input_scan_number > largest_scan_count) {
        unloop_fail(&self->failure, unloop_failure_malformed, "it has more than 100 scans");
        longjmp(self->place, 1);
    }
}

// MARK: reading

void unloop_jpeg_close(struct unloop_jpeg *self) {
    if (!self) return;
    jpeg_destroy_decompress(&self->decoder);
    free(self->row);
    free(self);
}

struct unloop_jpeg *unloop_jpeg_open(const uint8_t *bytes, size_t count, struct unloop_image *image,
                                     struct unloop_failure *failure) {
    struct unloop_jpeg *self = calloc(1, sizeof *self);
    if (!self) {
        unloop_fail(failure, unloop_failure_memory, "there is no memory to decode it");
        return NULL;
    }
    struct jpeg_decompress_struct *decoder = &self->decoder;
    decoder->err = jpeg_std_error(&self->errors);
    decoder->client_data = self;
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    if (setjmp(self->place)) {
        *failure = self->failure;
        unloop_jpeg_close(self);
        return NULL;
    }
    jpeg_create_decompress(decoder);
    self->progress.progress_monitor = on_progress;
    decoder->progress = &self->progress;
    jpeg_mem_src(decoder, bytes, (unsigned long)count);
    jpeg_read_header(decoder, TRUE);
    if (decoder->data_precision != 8) {
        unloop_fail(&self->failure, unloop_failure_unsupported, "samples of more than 8 bits");
        longjmp(self->place, 1);
    }
    switch (decoder->jpeg_color_space) {
    case JCS_GRAYSCALE:
        decoder->out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_RGB:
    case JCS_YCbCr:
        decoder->out_color_space = JCS_RGB;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        decoder->out_color_space = JCS_CMYK;
        break;
    default:
        unloop_fail(&self->failure, unloop_failure_unsupported, "another number of channels than 1, 3 or 4");
        longjmp(self->place, 1);
    }
    image->width = decoder->image_width;
    image->height = decoder->image_height;
    image->channels = decoder->out_color_space == JCS_GRAYSCALE ? 1 : 3;
    // Of a component that is not reduced, every block of 64 samples has a Huffman code of at least one bit (T.81,
    // F.1.2.1). Arithmetic coding has no such bound.
    const uint64_t blocks = (uint64_t)((image->width + 7) / 8) * ((image->height + 7) / 8);
    image->least_bytes = decoder->arith_code ? 0 : blocks / 16;
    return self;
}

void unloop_jpeg_reduce(struct unloop_jpeg *self, unsigned reduction, struct unloop_image *image) {
    self->decoder.scale_num = 8 / reduction;
    self->decoder.scale_denom = 8;
    image->width = (self->decoder.image_width + reduction - 1) / reduction;
    image->height = (self->decoder.image_height + reduction - 1) / reduction;
}

// Where pixel (x, y) of the file belongs: at begin + x · column + y · row, in pixels.
struct placement {
    ptrdiff_t begin;
    ptrdiff_t column;
    ptrdiff_t row;
};

// By the Exif standard (CIPA DC-008, tag Orientation), which says where the file's first row and first column are seen:
// 1 top, left; 2 top, right; 3 bottom, right; 4 bottom, left; 5 left, top; 6 right, top; 7 right, bottom; 8 left,
// bottom.
static struct placement placement(int orientation, ptrdiff_t width, ptrdiff_t height) {
    const ptrdiff_t last = width * height - 1;
    switch (orientation) {
    case 2:
        return (struct placement){width - 1, -1, width};
    case 3:
        return (struct placement){last, -1, -width};
    case 4:
        return (struct placement){(height - 1) * width, 1, -width};
    case 5:
        return (struct placement){0, height, 1};
    case 6:
        return (struct placement){height - 1, height, -1};
    case 7:
        return (struct placement){last, -height, -1};
    case 8:
        return (struct placement){(width - 1) * height, -height, 1};
    default:
        return (struct placement){0, 1, width};
    }
}

// round(a · b / 255)
static uint8_t product(unsigned a, unsigned b) { return (uint8_t)((2 * a * b + 255) / 510); }

static void place_row(const uint8_t *row, size_t width, J_COLOR_SPACE space, uint8_t *target, ptrdiff_t step) {
    for (size_t i = 0; i < width; i++, target += step) {
        if (space == JCS_GRAYSCALE) {
            target[0] = row[i];
        } else if (space == JCS_RGB) {
            for (int c = 0; c < 3; c++) target[c] = row[3 * i + c];
        } else {
            // Cyan, magenta, yellow and black are stored inverted, as Adobe's programs do it: 255 is no ink.
            for (int c = 0; c < 3; c++) target[c] = product(row[4 * i + c], row[4 * i + 3]);
        }
    }
}

bool unloop_jpeg_read(struct unloop_jpeg *self, int orientation, uint8_t *samples, struct unloop_failure *failure) {
    struct jpeg_decompress_struct *decoder = &self->decoder;
    if (setjmp(self->place)) {
        *failure = self->failure;
        return false;
    }
    jpeg_start_decompress(decoder);
    const size_t width = decoder->output_width, height = decoder->output_height;
    const J_COLOR_SPACE space = decoder->out_color_space;
    const size_t channels = space == JCS_GRAYSCALE ? 1 : 3;
    const struct placement to = placement(orientation, (ptrdiff_t)width, (ptrdiff_t)height);
    if (to.column == 1 && to.row == (ptrdiff_t)width && space != JCS_CMYK) {
        while (decoder->output_scanline < height) {
            JSAMPROW rows[8];
            const size_t first = decoder->output_scanline;
            const size_t count = height - first < 8 ? height - first : 8;
            for (size_t i = 0; i < count; i++) rows[i] = samples + (first + i) * width * channels;
            jpeg_read_scanlines(decoder, rows, (JDIMENSION)count);
        }
    } else {
        self->row = malloc(width * (size_t)decoder->output_components);
        if (!self->row) {
            unloop_fail(&self->failure, unloop_failure_memory, "there is no memory to decode it");
            longjmp(self->place, 1);
        }
        while (decoder->output_scanline < height) {
            const ptrdiff_t start = to.begin + (ptrdiff_t)decoder->output_scanline * to.row;
            jpeg_read_scanlines(decoder, &self->row, 1);
            place_row(self->row, width, space, samples + start * (ptrdiff_t)channels, to.column * (ptrdiff_t)channels);
        }
    }
    return true;
}
#endif
