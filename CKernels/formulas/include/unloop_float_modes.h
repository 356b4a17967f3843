// The floating-point modes of the calling thread: rounding to nearest, subnormals kept, no exception that traps. A host
// may have set others (audio and game engines flush subnormals to zero), and threads inherit them from their creator.
#pragma once

#include <stdint.h>

#if defined(__x86_64__)
// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, figure 10-3: MXCSR. The low six bits say
// which exceptions have been raised; all others are modes.
#    define UNLOOP_FLOAT_MODES_MASK 0xffc0u
#    define UNLOOP_FLOAT_MODES 0x1f80u
// Not by the compiler's built-in functions: clang takes two calls of the one that reads for the same value where it
// does not inline them, whatever was written in between.
static inline uint64_t unloop_float_modes_get(void) {
    uint32_t modes;
    __asm__ volatile("stmxcsr %0" : "=m"(modes)::"memory");
    return modes;
}
static inline void unloop_float_modes_put(uint64_t modes) {
    const uint32_t low = (uint32_t)modes;
    __asm__ volatile("ldmxcsr %0" ::"m"(low) : "memory");
}
#elif defined(__aarch64__)
// Arm Architecture Reference Manual for A-profile, FPCR: all of it is modes, and 0 is the default of IEEE 754.
#    define UNLOOP_FLOAT_MODES_MASK (~UINT64_C(0))
#    define UNLOOP_FLOAT_MODES UINT64_C(0)
static inline uint64_t unloop_float_modes_get(void) {
    uint64_t modes;
    __asm__ volatile("mrs %0, fpcr" : "=r"(modes)::"memory");
    return modes;
}
static inline void unloop_float_modes_put(uint64_t modes) { __asm__ volatile("msr fpcr, %0" ::"r"(modes) : "memory"); }
#else
#    define UNLOOP_FLOAT_MODES_MASK UINT64_C(0)
#    define UNLOOP_FLOAT_MODES UINT64_C(0)
static inline uint64_t unloop_float_modes_get(void) { return 0; }
static inline void unloop_float_modes_put(uint64_t modes) { (void)modes; }
#endif

// Sets the modes of the numerics contract; returns those found. Writing them costs many times as much as reading them,
// and they are nearly always right.
static inline uint64_t unloop_float_modes_enter(void) {
    const uint64_t found = unloop_float_modes_get();
    if ((found & UNLOOP_FLOAT_MODES_MASK) != UNLOOP_FLOAT_MODES) unloop_float_modes_put(UNLOOP_FLOAT_MODES);
    return found;
}

// Sets the modes that `unloop_float_modes_enter` found.
static inline void unloop_float_modes_leave(uint64_t found) {
    if ((found & UNLOOP_FLOAT_MODES_MASK) != UNLOOP_FLOAT_MODES) unloop_float_modes_put(found);
}
