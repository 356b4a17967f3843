// The tables of all instruction sets of this build.
#pragma once

#include "../dialect/strict.h"
#include "include/CUnloopCPU.h"

#if defined(__x86_64__)
extern const struct unloop_cpu_kernels unloop_cpu_kernels_avx512;
extern const struct unloop_cpu_kernels unloop_cpu_kernels_avx2;
#endif
#if defined(__aarch64__)
extern const struct unloop_cpu_kernels unloop_cpu_kernels_neon;
#endif
extern const struct unloop_cpu_kernels unloop_cpu_kernels_portable;
