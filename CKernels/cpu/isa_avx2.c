// The kernels for avx2; empty on other processors than x86-64.
#include "dispatch.h"

#if defined(__x86_64__)
#    include <immintrin.h>
#    include <math.h>
#    pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#    define UNLOOP_ISA_AVX2 1
#    define UNLOOP_HAS_ROUNDING 1
#    define UNLOOP_WIDTH 8
#    define UNLOOP_TABLE unloop_cpu_kernels_avx2
#    include "kernels.h"
#    pragma clang attribute pop
#endif
