// Compressed data by zlib (RFC 1951 and 1952).
#ifdef UNLOOP_FORMATS
#    include "failure.h"

#    include <stdlib.h>
#    include <string.h>
#    include <zlib.h>

// zlib counts in 32 bits.
static const size_t longest = (size_t)1 << 30;

// Of the window and of the header: 15 bits are the largest window; negative is without a header, 16 more is with that
// of gzip.
static int window_bits(enum unloop_wrapping wrapping) { return wrapping == unloop_wrapping_gzip ? 15 + 16 : -15; }

static uInt at_once(size_t count) { return (uInt)(count < longest ? count : longest); }

const char *unloop_failure_reason(const struct unloop_failure *failure) { return failure->reason; }

struct unloop_inflater {
    z_stream stream;
    // Whether the stream is complete, so that another begins.
    bool is_complete;
};

struct unloop_inflater *unloop_inflater_open(enum unloop_wrapping wrapping, struct unloop_failure *failure) {
    struct unloop_inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater && inflateInit2(&inflater->stream, window_bits(wrapping)) == Z_OK) return inflater;
    unloop_fail(failure, unloop_failure_memory, "there is no memory to decompress it");
    free(inflater);
    return NULL;
}

void unloop_inflater_close(struct unloop_inflater *inflater) {
    if (!inflater) return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

enum unloop_inflate_status unloop_inflate(struct unloop_inflater *inflater, const uint8_t *input, size_t count,
                                          size_t *used, uint8_t *output, size_t capacity, size_t *written,
                                          struct unloop_failure *failure) {
    z_stream *stream = &inflater->stream;
    *written = 0;
    if (inflater->is_complete) inflateReset(stream);
    inflater->is_complete = false;
    stream->next_in = (Bytef *)input + *used;
    stream->avail_in = at_once(count - *used);
    stream->next_out = output;
    stream->avail_out = at_once(capacity);
    const int result = inflate(stream, Z_NO_FLUSH);
    *used = (size_t)(stream->next_in - input);
    *written = (size_t)(stream->next_out - output);
    switch (result) {
    case Z_STREAM_END:
        inflater->is_complete = true;
        return unloop_inflate_end;
    // Z_BUF_ERROR: nothing could be done without more input or more room.
    case Z_OK:
    case Z_BUF_ERROR:
        return unloop_inflate_more;
    case Z_MEM_ERROR:
        unloop_fail(failure, unloop_failure_memory, "there is no memory to decompress it");
        return unloop_inflate_failed;
    default:
        unloop_fail(failure, unloop_failure_malformed,
                    stream->msg ? stream->msg : "its compressed data need a dictionary");
        return unloop_inflate_failed;
    }
}

// 8 is the usual amount of memory for the compressor's state.
static bool begin(z_stream *stream, int level, enum unloop_wrapping wrapping, struct unloop_failure *failure) {
    memset(stream, 0, sizeof *stream);
    if (deflateInit2(stream, level, Z_DEFLATED, window_bits(wrapping), 8, Z_DEFAULT_STRATEGY) == Z_OK) return true;
    unloop_fail(failure, unloop_failure_memory, "there is no memory to compress it");
    return false;
}

size_t unloop_deflate_bound(size_t count, int level, enum unloop_wrapping wrapping, struct unloop_failure *failure) {
    z_stream stream;
    if (!begin(&stream, level, wrapping, failure)) return 0;
    const size_t bound = deflateBound(&stream, count);
    deflateEnd(&stream);
    return bound;
}

size_t unloop_deflate(const uint8_t *input, size_t count, int level, enum unloop_wrapping wrapping, uint8_t *output,
                      size_t capacity, struct unloop_failure *failure) {
    z_stream stream;
    if (!begin(&stream, level, wrapping, failure)) return 0;
    size_t used = 0, written = 0;
    int result;
    do {
        stream.next_in = (Bytef *)input + used;
        stream.avail_in = at_once(count - used);
        stream.next_out = output + written;
        stream.avail_out = at_once(capacity - written);
        const bool is_last = count - used <= longest;
        result = deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
        used = (size_t)(stream.next_in - input);
        written = (size_t)(stream.next_out - output);
    } while (result == Z_OK && written < capacity);
    deflateEnd(&stream);
    if (result == Z_STREAM_END) return written;
    unloop_fail(failure, unloop_failure_memory, "its compressed data were longer than zlib allows");
    return 0;
}

uint32_t unloop_crc32(uint32_t before, const uint8_t *bytes, size_t count) {
    return (uint32_t)crc32_z(before, bytes, count);
}
#endif
