// How scalar C spells the primitives of CKernels/formulas: one element at a time. Everything has internal linkage.
//
// A mask is an INT that is -1 (true) or 0 (false).

#include <math.h>
#include <stdint.h>

#include "strict.h"

#define REAL float
#define INT int32_t
#define UINT uint32_t
#define UNLOOP_FUNCTION(type) static inline __attribute__((unused)) type
#define UNLOOP_SLOW_FUNCTION(type) static __attribute__((noinline, unused)) type
#define UNLOOP_NAME(name) unloop_##name

#define REAL_OF(x) ((float)(x))
#define INT_OF(x) ((int32_t)(x))
#define UINT_OF(x) ((uint32_t)(x))
#define AS_REAL(x) __builtin_bit_cast(float, (x))
#define AS_INT(x) __builtin_bit_cast(int32_t, (x))
#define AS_UINT(x) __builtin_bit_cast(uint32_t, (x))
#define TO_REAL(x) ((float)(int32_t)(x))
#define TO_INT(x) ((int32_t)(x))
#define FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#define SQRT(x) __builtin_sqrtf(x)
#define FLOOR(x) __builtin_floorf(x)
#define CEILING(x) __builtin_ceilf(x)
#define ROUND(x) __builtin_roundevenf(x)
#define LESS(a, b) (-(int32_t)((a) < (b)))
#define LESS_EQUAL(a, b) (-(int32_t)((a) <= (b)))
#define EQUAL(a, b) (-(int32_t)((a) == (b)))
#define NOT_EQUAL(a, b) (-(int32_t)((a) != (b)))
#define SELECT(mask, a, b) ((mask) ? (a) : (b))
#define SELECT_INT(mask, a, b) ((mask) ? (a) : (b))
#define ANY(mask) ((mask) != 0)
#define MULTIPLY_HIGH(a, b) ((uint32_t)(((uint64_t)(a) * (uint64_t)(b)) >> 32))
