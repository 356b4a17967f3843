// How clang's vector C spells the primitives of CKernels/formulas. Include after defining UNLOOP_WIDTH, the number of
// 32-bit lanes in a vector (1 is not possible here; see scalar.h). Everything has internal linkage, so that each
// instruction set gets a copy of its own.
//
// A mask is an INT of which each lane is -1 (true) or 0 (false).

#include <stdint.h>
#include <string.h>

#include "strict.h"

typedef float unloop_real __attribute__((ext_vector_type(UNLOOP_WIDTH)));
typedef int32_t unloop_int __attribute__((ext_vector_type(UNLOOP_WIDTH)));
typedef uint32_t unloop_uint __attribute__((ext_vector_type(UNLOOP_WIDTH)));

#define REAL unloop_real
#define INT unloop_int
#define UINT unloop_uint
#define UNLOOP_FUNCTION(type) static inline __attribute__((always_inline, unused)) type
// Rare cases that should not bloat the caller.
#define UNLOOP_SLOW_FUNCTION(type) static __attribute__((noinline, unused)) type
#define UNLOOP_NAME(name) unloop_##name

UNLOOP_FUNCTION(REAL) unloop_load_real(const float *p) {
    REAL v;
    memcpy(&v, p, sizeof v);
    return v;
}
UNLOOP_FUNCTION(INT) unloop_load_int(const int32_t *p) {
    INT v;
    memcpy(&v, p, sizeof v);
    return v;
}
UNLOOP_FUNCTION(void) unloop_store_real(float *p, REAL v) { memcpy(p, &v, sizeof v); }
UNLOOP_FUNCTION(void) unloop_store_int(int32_t *p, INT v) { memcpy(p, &v, sizeof v); }

// The first `count` < UNLOOP_WIDTH lanes; nothing is read after them, and the other lanes are 0.
UNLOOP_FUNCTION(REAL) unloop_load_partial(const float *p, size_t count) {
#if defined(UNLOOP_ISA_AVX512)
    return (REAL)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1u), p);
#elif defined(UNLOOP_ISA_AVX2)
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return (REAL)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes));
#else
    REAL v = (REAL)(0.0f);
    memcpy(&v, p, count * sizeof(float));
    return v;
#endif
}
// Writes the first `count` < UNLOOP_WIDTH lanes only.
UNLOOP_FUNCTION(void) unloop_store_partial(float *p, REAL v, size_t count) {
#if defined(UNLOOP_ISA_AVX512)
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1u), (__m512)v);
#elif defined(UNLOOP_ISA_AVX2)
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    _mm256_maskstore_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes), (__m256)v);
#else
    memcpy(p, &v, count * sizeof(float));
#endif
}

#define REAL_OF(x) ((REAL)(x))
#define INT_OF(x) ((INT)(x))
#define UINT_OF(x) ((UINT)(x))
#define AS_REAL(x) __builtin_bit_cast(REAL, (x))
#define AS_INT(x) __builtin_bit_cast(INT, (x))
#define AS_UINT(x) __builtin_bit_cast(UINT, (x))
// The nearest real of an integer; the integer part of a real that is known to be in range.
#define TO_REAL(x) __builtin_convertvector((x), REAL)
#define TO_INT(x) __builtin_convertvector((x), INT)
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define SQRT(x) __builtin_elementwise_sqrt(x)
#define LESS(a, b) AS_INT((a) < (b))
#define LESS_EQUAL(a, b) AS_INT((a) <= (b))
#define EQUAL(a, b) AS_INT((a) == (b))
#define NOT_EQUAL(a, b) AS_INT((a) != (b))
#define SELECT(mask, a, b) unloop_select_lanes((mask), (a), (b))
#define SELECT_INT(mask, a, b) AS_INT(unloop_select_lanes((mask), AS_REAL(a), AS_REAL(b)))
#if defined(UNLOOP_ISA_AVX512)
// a 2^n, rounded once, for a real n that is an integer.
#    define SCALE(a, n) ((REAL)_mm512_scalef_ps((__m512)(a), (__m512)(n)))
// The special cases of logarithms in one operation: a digit says for each kind of x, from quiet NaN in the lowest
// through signalling NaN, 0, 1, -infinity, infinity and negative to positive in the highest, what to give: 0 y, 2 NaN,
// 4 -infinity, 5 infinity.
#    define LOGARITHM_OR_SPECIAL(y, x)                                                                                 \
        ((REAL)_mm512_fixupimm_ps((__m512)(y), (__m512)(x), _mm512_set1_epi32(0x02520422), 0))
#endif
#define ANY(mask) (__builtin_reduce_or(mask) != 0)

UNLOOP_FUNCTION(REAL) unloop_select_lanes(INT mask, REAL a, REAL b) {
    return AS_REAL((mask & AS_INT(a)) | (~mask & AS_INT(b)));
}
// The high 32 bits of the 64-bit product.
UNLOOP_FUNCTION(UINT) unloop_multiply_high(UINT a, UINT b) {
    // Products of the even and of the odd lanes; processors multiply 32 by 32 bits in 64-bit lanes.
    typedef uint64_t wide __attribute__((ext_vector_type(UNLOOP_WIDTH / 2)));
    const wide low = {0}, mask = low + 0xffffffffu;
    const wide x = __builtin_bit_cast(wide, a), y = __builtin_bit_cast(wide, b);
    const wide even = (x & mask) * (y & mask), odd = (x >> 32) * (y >> 32);
    return AS_UINT((even >> 32) | (odd & ~mask));
}
#define MULTIPLY_HIGH(a, b) unloop_multiply_high((a), (b))

#if defined(__SSE4_1__) || defined(__ARM_NEON) || defined(UNLOOP_HAS_ROUNDING)
#    define FLOOR(x) __builtin_elementwise_floor(x)
#    define CEILING(x) __builtin_elementwise_ceil(x)
#    define ROUND(x) __builtin_elementwise_roundeven(x)
#else
// Adding and subtracting 2^23 rounds to an integer, ties to even; larger values are integers already.
UNLOOP_FUNCTION(REAL) unloop_round_even(REAL x) {
    INT sign = AS_INT(x) & INT_OF(INT32_MIN);
    REAL magnitude = AS_REAL(AS_INT(x) & INT_OF(INT32_MAX));
    REAL rounded = (magnitude + REAL_OF(0x1p23f)) - REAL_OF(0x1p23f);
    return SELECT(LESS(magnitude, REAL_OF(0x1p23f)), AS_REAL(AS_INT(rounded) | sign), x);
}
#    define ROUND(x) unloop_round_even(x)
UNLOOP_FUNCTION(REAL) unloop_round_down(REAL x) {
    REAL r = unloop_round_even(x);
    REAL lower = AS_REAL(AS_INT(r - REAL_OF(1.0f)) | (AS_INT(x) & INT_OF(INT32_MIN)));
    return SELECT(LESS(x, r), lower, r);
}
UNLOOP_FUNCTION(REAL) unloop_round_up(REAL x) { return -unloop_round_down(-x); }
#    define FLOOR(x) unloop_round_down(x)
#    define CEILING(x) unloop_round_up(x)
#endif

// The lower (upper) halves of two vectors, lane by lane in turn; and the even (odd) lanes of both.
#if UNLOOP_WIDTH == 16
#    define UNLOOP_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#    define UNLOOP_ZIP_HIGH(a, b)                                                                                      \
        __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#    define UNLOOP_UNZIP_EVEN(a, b)                                                                                    \
        __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#    define UNLOOP_UNZIP_ODD(a, b)                                                                                     \
        __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#elif UNLOOP_WIDTH == 8
#    define UNLOOP_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#    define UNLOOP_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#    define UNLOOP_UNZIP_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#    define UNLOOP_UNZIP_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#else
#    define UNLOOP_ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#    define UNLOOP_ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#    define UNLOOP_UNZIP_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#    define UNLOOP_UNZIP_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#endif
