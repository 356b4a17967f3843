#ifndef CUNLOOPFORMATS_H
#define CUNLOOPFORMATS_H

// zlib, libpng and libjpeg-turbo as plain functions: what the libraries report by jumping or by printing comes back as
// a failure. Without UNLOOP_FORMATS nothing of this is defined.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unloop_failure_kind {
    unloop_failure_none,
    // The data break the rules of their format.
    unloop_failure_malformed,
    // The data end too early.
    unloop_failure_truncated,
    // The library does not read what the data hold.
    unloop_failure_unsupported,
    // There is no memory for the library's own state.
    unloop_failure_memory,
};

struct unloop_failure {
    enum unloop_failure_kind kind;
    // In the library's words; ends with a zero byte.
    char reason[256];
};

const char *unloop_failure_reason(const struct unloop_failure *failure);

// MARK: deflate.c

enum unloop_wrapping {
    // Deflate data alone (RFC 1951).
    unloop_wrapping_none,
    // With the header and the check of gzip (RFC 1952).
    unloop_wrapping_gzip,
};

struct unloop_inflater;

// NULL and a failure when there is no memory.
struct unloop_inflater *unloop_inflater_open(enum unloop_wrapping wrapping, struct unloop_failure *failure);
void unloop_inflater_close(struct unloop_inflater *inflater);

enum unloop_inflate_status {
    // All input is used, or the output is full.
    unloop_inflate_more,
    // The stream is complete, and its check is right; the next call begins another.
    unloop_inflate_end,
    unloop_inflate_failed,
};

// Decompresses from input[*used] on, of `count` bytes, and moves `*used` forward; `*written` receives how many bytes of
// `output` were written, at most `capacity`.
enum unloop_inflate_status unloop_inflate(struct unloop_inflater *inflater, const uint8_t *input, size_t count,
                                          size_t *used, uint8_t *output, size_t capacity, size_t *written,
                                          struct unloop_failure *failure);

// How many bytes the compressed data of `count` bytes take at most; 0 and a failure when there is no memory. Levels are
// from 0 (stored) to 9 (smallest).
size_t unloop_deflate_bound(size_t count, int level, enum unloop_wrapping wrapping, struct unloop_failure *failure);
// Compresses at a level from 0 (stored) to 9 (smallest) into `output`, which has room for the bound; the number of
// bytes, or 0 and a failure when there is no memory.
size_t unloop_deflate(const uint8_t *input, size_t count, int level, enum unloop_wrapping wrapping, uint8_t *output,
                      size_t capacity, struct unloop_failure *failure);

// The check of zip and gzip of what came before (0 at the beginning) and of these bytes.
uint32_t unloop_crc32(uint32_t before, const uint8_t *bytes, size_t count);

// MARK: png.c and jpeg.c

struct unloop_image {
    uint32_t width;
    uint32_t height;
    // Of the samples that are written: 1 (gray) or 3 (red, green, blue).
    uint32_t channels;
    // The least number of bytes of a file with as many pixels.
    uint64_t least_bytes;
};

struct unloop_png;

// Reads what stands before the pixels. `bytes` must stay where they are until the decoder is closed. NULL on a failure.
struct unloop_png *unloop_png_open(const uint8_t *bytes, size_t count, struct unloop_image *image,
                                   struct unloop_failure *failure);
// Writes width · height · channels samples, from the top left, and reads the file to its end. Samples of 16 bits are
// rounded to the nearest of 8. `background` is a gray level that lies behind transparent pixels; at −1 colors are as
// they are, and transparency is ignored.
bool unloop_png_read(struct unloop_png *png, int background, uint8_t *samples, struct unloop_failure *failure);
void unloop_png_close(struct unloop_png *png);

// The bytes of a PNG file, at a level from 0 to 9, of 1 or 3 channels; to be released with unloop_png_release. NULL on
// a failure.
uint8_t *unloop_png_write(const uint8_t *samples, uint32_t width, uint32_t height, uint32_t channels, int level,
                          size_t *count, struct unloop_failure *failure);
void unloop_png_release(uint8_t *bytes);

struct unloop_jpeg;

// Reads what stands before the pixels. `bytes` must stay where they are until the decoder is closed. NULL on a failure.
struct unloop_jpeg *unloop_jpeg_open(const uint8_t *bytes, size_t count, struct unloop_image *image,
                                     struct unloop_failure *failure);
// Decodes to a `reduction`th of each side, rounded up: 1, 2, 4 or 8. `image` receives the new size.
void unloop_jpeg_reduce(struct unloop_jpeg *jpeg, unsigned reduction, struct unloop_image *image);
// Writes width · height · channels samples, from the top left of the picture that is upright by the Exif orientation, 1
// to 8; from 5 on that picture has the width for its height.
bool unloop_jpeg_read(struct unloop_jpeg *jpeg, int orientation, uint8_t *samples, struct unloop_failure *failure);
void unloop_jpeg_close(struct unloop_jpeg *jpeg);

#endif
