// The SIMD kernels of the CPU backend. Each instruction set has one table of the same functions, all of which give the
// same bits; `unloop_cpu_kernels_for` returns it. Functions take plain pointers and sizes and never allocate.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unloop_cpu_copy.h"
#include "unloop_cpu_gather.h"
#include "unloop_cpu_lines.h"
#include "unloop_cpu_map.h"
#include "unloop_cpu_measure.h"
#include "unloop_cpu_pool.h"
#include "unloop_cpu_process.h"
#include "unloop_cpu_product.h"
#include "unloop_cpu_reduce.h"
#include "unloop_cpu_scratch.h"

enum unloop_cpu_isa {
    unloop_cpu_isa_portable = 0,
    unloop_cpu_isa_neon = 1,
    unloop_cpu_isa_avx2 = 2,
    unloop_cpu_isa_avx512 = 3,
    unloop_cpu_isa_count = 4,
};

// One member for each family; a family's header in this folder declares its functions, its `*.body.h` defines them.
struct unloop_cpu_kernels {
    // 32-bit lanes in a vector.
    int32_t width;
    struct unloop_cpu_measure_kernels measure;
    struct unloop_cpu_map_kernels map;
    struct unloop_cpu_copy_kernels copy;
    struct unloop_cpu_reduce_kernels reduce;
    struct unloop_cpu_product_kernels product;
    struct unloop_cpu_pool_kernels pool;
    struct unloop_cpu_gather_kernels gather;
};

// Whether this build has kernels for the instruction set and this machine runs them.
bool unloop_cpu_isa_available(enum unloop_cpu_isa isa);

// `avx512`, `avx2`, `neon` or `portable`.
const char *unloop_cpu_isa_name(enum unloop_cpu_isa isa);

// NULL when the instruction set is not available.
const struct unloop_cpu_kernels *unloop_cpu_kernels_for(enum unloop_cpu_isa isa);

// Whether the kernels were compiled with optimization: without it they are some twenty times slower.
bool unloop_cpu_is_optimized(void);
