// The kernels for avx512; empty on other processors than x86-64.
#include "dispatch.h"

#if defined(__x86_64__)
#    include <immintrin.h>
#    include <math.h>
#    pragma clang attribute push(                                                                                      \
        __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi,bmi2"))), apply_to = function)
#    define UNLOOP_ISA_AVX512 1
#    define UNLOOP_HAS_ROUNDING 1
#    define UNLOOP_WIDTH 16
#    define UNLOOP_TABLE unloop_cpu_kernels_avx512
#    include "kernels.h"
#    pragma clang attribute pop
#endif
