// Scratch memory of programs that run over strips: what map.c and lines.c share.
#pragma once

#include "include/unloop_cpu_map.h"

// Bytes of a strip.
static const size_t strip_size = unloop_map_strip * sizeof(uint32_t);

static inline size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

static inline void fill_strip(uint32_t *strip, uint32_t bits) {
    for (int i = 0; i < unloop_map_strip; i++) strip[i] = bits;
}
