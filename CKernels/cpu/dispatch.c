// Which instruction sets this machine runs.
#include "dispatch.h"

const char *unloop_cpu_isa_name(enum unloop_cpu_isa isa) {
    switch (isa) {
    case unloop_cpu_isa_avx512:
        return "avx512";
    case unloop_cpu_isa_avx2:
        return "avx2";
    case unloop_cpu_isa_neon:
        return "neon";
    default:
        return "portable";
    }
}

bool unloop_cpu_isa_available(enum unloop_cpu_isa isa) {
    switch (isa) {
    case unloop_cpu_isa_portable:
        return true;
#if defined(__x86_64__)
    // These also ask whether the operating system saves the wide registers.
    case unloop_cpu_isa_avx2: {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2");
    }
    case unloop_cpu_isa_avx512:
        __builtin_cpu_init();
        return unloop_cpu_isa_available(unloop_cpu_isa_avx2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#endif
#if defined(__aarch64__)
    case unloop_cpu_isa_neon:
        return true;
#endif
    default:
        return false;
    }
}

const struct unloop_cpu_kernels *unloop_cpu_kernels_for(enum unloop_cpu_isa isa) {
    if (!unloop_cpu_isa_available(isa)) return NULL;
    switch (isa) {
#if defined(__x86_64__)
    case unloop_cpu_isa_avx512:
        return &unloop_cpu_kernels_avx512;
    case unloop_cpu_isa_avx2:
        return &unloop_cpu_kernels_avx2;
#endif
#if defined(__aarch64__)
    case unloop_cpu_isa_neon:
        return &unloop_cpu_kernels_neon;
#endif
    default:
        return &unloop_cpu_kernels_portable;
    }
}

bool unloop_cpu_is_optimized(void) {
#ifdef __OPTIMIZE__
    return true;
#else
    return false;
#endif
}
