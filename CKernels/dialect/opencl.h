// How OpenCL C 1.2 spells the primitives of CKernels/formulas. Include this text after defining UNLOOP_WIDTH as 1, 4, 8
// or 16 and, where the formulas are wanted at several widths in one program, UNLOOP_NAME(name) as something that
// differs by width; include again after redefining both.
//
// A mask is an INT of which each lane is -1 (true) or 0 (false).

#ifdef __FAST_RELAXED_MATH__
#    error "Unloop's kernels cannot be built with -cl-fast-relaxed-math: results would have other bits."
#endif
#pragma OPENCL FP_CONTRACT OFF

#undef REAL
#undef INT
#undef UINT
#undef UNLOOP_FUNCTION
#undef UNLOOP_SLOW_FUNCTION
#undef REAL_OF
#undef INT_OF
#undef UINT_OF
#undef AS_REAL
#undef AS_INT
#undef AS_UINT
#undef TO_REAL
#undef TO_INT
#undef FMA
#undef SQRT
#undef FLOOR
#undef CEILING
#undef ROUND
#undef LESS
#undef LESS_EQUAL
#undef EQUAL
#undef NOT_EQUAL
#undef SELECT
#undef SELECT_INT
#undef ANY
#undef MULTIPLY_HIGH
#undef SCALE
#undef LOGARITHM_OR_SPECIAL
#undef X86_REAL

#if UNLOOP_WIDTH == 1
#    define REAL float
#    define INT int
#    define UINT uint
#    define AS_REAL(x) as_float(x)
#    define AS_INT(x) as_int(x)
#    define AS_UINT(x) as_uint(x)
#    define TO_REAL(x) convert_float_rte(x)
#    define TO_INT(x) convert_int(x)
#    define LESS(a, b) (-((a) < (b)))
#    define LESS_EQUAL(a, b) (-((a) <= (b)))
#    define EQUAL(a, b) (-((a) == (b)))
#    define NOT_EQUAL(a, b) (-((a) != (b)))
#    define SELECT(mask, a, b) ((mask) ? (a) : (b))
#    define SELECT_INT(mask, a, b) ((mask) ? (a) : (b))
#    define ANY(mask) ((mask) != 0)
#else
#    if UNLOOP_WIDTH == 4
#        define REAL float4
#        define INT int4
#        define UINT uint4
#        define AS_REAL(x) as_float4(x)
#        define AS_INT(x) as_int4(x)
#        define AS_UINT(x) as_uint4(x)
#        define TO_REAL(x) convert_float4_rte(x)
#        define TO_INT(x) convert_int4(x)
#    elif UNLOOP_WIDTH == 8
#        define REAL float8
#        define INT int8
#        define UINT uint8
#        define AS_REAL(x) as_float8(x)
#        define AS_INT(x) as_int8(x)
#        define AS_UINT(x) as_uint8(x)
#        define TO_REAL(x) convert_float8_rte(x)
#        define TO_INT(x) convert_int8(x)
#    else
#        define REAL float16
#        define INT int16
#        define UINT uint16
#        define AS_REAL(x) as_float16(x)
#        define AS_INT(x) as_int16(x)
#        define AS_UINT(x) as_uint16(x)
#        define TO_REAL(x) convert_float16_rte(x)
#        define TO_INT(x) convert_int16(x)
#    endif
#    define LESS(a, b) ((a) < (b))
#    define LESS_EQUAL(a, b) ((a) <= (b))
#    define EQUAL(a, b) ((a) == (b))
#    define NOT_EQUAL(a, b) ((a) != (b))
#    define SELECT(mask, a, b) select((b), (a), (mask))
#    define SELECT_INT(mask, a, b) select((b), (a), (mask))
#    define ANY(mask) any(mask)
#endif

#define UNLOOP_FUNCTION(type) type
#define UNLOOP_SLOW_FUNCTION(type) type
#ifndef UNLOOP_NAME
#    define UNLOOP_NAME(name) unloop_##name
#endif
#define REAL_OF(x) ((REAL)(x))
#define INT_OF(x) ((INT)(x))
#define UINT_OF(x) ((UINT)(x))
#define FMA(a, b, c) fma((a), (b), (c))
#define SQRT(x) sqrt(x)
#define FLOOR(x) floor(x)
#define CEILING(x) ceil(x)
#define ROUND(x) rint(x)
#define MULTIPLY_HIGH(a, b) mul_hi((a), (b))

// What vector.h does with AVX-512, where a driver for CPUs compiles for it with clang.
#if defined(__AVX512F__) && defined(__has_builtin) && UNLOOP_WIDTH == 16
#    if __has_builtin(__builtin_ia32_scalefps512_mask) && __has_builtin(__builtin_ia32_fixupimmps512_mask)
#        ifndef UNLOOP_X86_TYPES
#            define UNLOOP_X86_TYPES
typedef float unloop_x86_real __attribute__((vector_size(64)));
typedef int unloop_x86_int __attribute__((vector_size(64)));
#        endif
#        define X86_REAL(x) __builtin_astype((x), unloop_x86_real)
#        define SCALE(a, n)                                                                                            \
            __builtin_astype(__builtin_ia32_scalefps512_mask(X86_REAL(a), X86_REAL(n), X86_REAL(a), (ushort)-1, 4),    \
                             REAL)
#        define LOGARITHM_OR_SPECIAL(y, x)                                                                             \
            __builtin_astype(__builtin_ia32_fixupimmps512_mask(X86_REAL(y), X86_REAL(x),                               \
                                                               __builtin_astype(INT_OF(0x02520422), unloop_x86_int),   \
                                                               0, (ushort)-1, 4),                                      \
                             REAL)
#    endif
#endif
