// The instructions of scalar programs, for one instruction set. Formulas: CKernels/formulas.
//
// A strip of eight vectors stays in registers from one instruction to the next, so most values never reach memory, and
// a strip of every array is read and written in turn.

// Element i of an operand, from which `left` elements are still to be done.
static inline __attribute__((always_inline)) REAL map_load(const float *p, size_t mask, size_t i, size_t left) {
    p += i & mask;
    return left >= UNLOOP_WIDTH || mask == 0 ? unloop_load_real(p) : unloop_load_partial(p, left);
}

static inline __attribute__((always_inline)) void map_store(float *p, REAL v, size_t left) {
    if (left >= UNLOOP_WIDTH) {
        unloop_store_real(p, v);
    } else {
        unloop_store_partial(p, v, left);
    }
}

static inline INT map_lanes(void) {
    INT lanes;
    for (int lane = 0; lane < UNLOOP_WIDTH; lane++) lanes[lane] = lane;
    return lanes;
}

// Random words for elements first ..< first + count. A vector of counters gives four vectors of words, which belong to
// 4 UNLOOP_WIDTH consecutive elements.
static void map_random_bits(int32_t *result, const struct unloop_map_slot *slots,
                            const struct unloop_map_instruction *in, size_t count, uint32_t first) {
    const uint32_t k0 = *(const uint32_t *)slots[in->a].memory, k1 = *(const uint32_t *)slots[in->b].memory;
    const uint32_t s0 = *(const uint32_t *)slots[in->c].memory, s1 = *(const uint32_t *)slots[in->d].memory;
    size_t done = 0;
    while (done < count) {
        uint32_t position = first + (uint32_t)done;
        UINT c0 = UINT_OF(position >> 2) + AS_UINT(map_lanes());
        // Positions are 32 bits wide: their quarter wraps at 2^30.
        c0 &= UINT_OF(0x3fffffffu);
        UINT c1 = UINT_OF(in->salt), c2 = UINT_OF(s0), c3 = UINT_OF(s1);
        unloop_philox(&c0, &c1, &c2, &c3, UINT_OF(k0), UINT_OF(k1));
        // Words 0, 1, 2, 3 of each counter follow one another.
        REAL even = UNLOOP_ZIP_LOW(AS_REAL(c0), AS_REAL(c2)), odd = UNLOOP_ZIP_LOW(AS_REAL(c1), AS_REAL(c3));
        REAL words[4];
        words[0] = UNLOOP_ZIP_LOW(even, odd);
        words[1] = UNLOOP_ZIP_HIGH(even, odd);
        even = UNLOOP_ZIP_HIGH(AS_REAL(c0), AS_REAL(c2));
        odd = UNLOOP_ZIP_HIGH(AS_REAL(c1), AS_REAL(c3));
        words[2] = UNLOOP_ZIP_LOW(even, odd);
        words[3] = UNLOOP_ZIP_HIGH(even, odd);
        const size_t skip = position & 3, available = 4 * UNLOOP_WIDTH - skip;
        const size_t take = count - done < available ? count - done : available;
        memcpy(result + done, (const int32_t *)words + skip, take * sizeof *result);
        done += take;
    }
}

// The random words of UNLOOP_WIDTH elements from `index` on, each with a key of its own: one in four of those that are
// computed is of use.
UNLOOP_SLOW_FUNCTION(REAL) map_random_bits_of_keys(uint32_t index, uint32_t salt, const REAL *key) {
    return AS_REAL(unloop_random_bits(AS_INT(UINT_OF(index) + AS_UINT(map_lanes())), AS_INT(UINT_OF(salt)),
                                      AS_INT(key[0]), AS_INT(key[1]), AS_INT(key[2]), AS_INT(key[3])));
}

// Formulas of reals whose results or operands are integers, over vectors of reals that hold their bits.
#define MAP_TO_INT(name)                                                                                               \
    UNLOOP_FUNCTION(REAL) map_##name(REAL a, REAL b) { return AS_REAL(unloop_##name(a, b)); }
#define MAP_OF_INTS(name)                                                                                              \
    UNLOOP_FUNCTION(REAL) map_##name(REAL a, REAL b) { return AS_REAL(unloop_##name(AS_INT(a), AS_INT(b))); }
MAP_TO_INT(equal)
MAP_TO_INT(not_equal)
MAP_TO_INT(less)
MAP_TO_INT(less_or_equal)
MAP_OF_INTS(integer_add)
MAP_OF_INTS(integer_subtract)
MAP_OF_INTS(integer_multiply)
MAP_OF_INTS(integer_and)
MAP_OF_INTS(integer_or)
MAP_OF_INTS(integer_xor)
MAP_OF_INTS(integer_shift_left)
MAP_OF_INTS(integer_shift_right)
MAP_OF_INTS(integer_equal)
MAP_OF_INTS(integer_less)
UNLOOP_FUNCTION(REAL) map_select(REAL c, REAL a, REAL b) { return unloop_select(AS_INT(c), a, b); }
UNLOOP_FUNCTION(REAL) map_integer_select(REAL c, REAL a, REAL b) {
    return AS_REAL(unloop_integer_select(AS_INT(c), AS_INT(a), AS_INT(b)));
}
UNLOOP_FUNCTION(REAL) map_real_from_integer(REAL a) { return unloop_real_from_integer(AS_INT(a)); }
UNLOOP_FUNCTION(REAL) map_integer_from_real(REAL a) { return AS_REAL(unloop_integer_from_real(a)); }

// Long formulas over `count` vectors. The processor overlaps several vectors by itself.
#define MAP_ALL(name)                                                                                                  \
    UNLOOP_SLOW_FUNCTION(void) map_all_##name(REAL *y, const float *x, int count) {                                    \
        _Pragma("clang loop unroll(disable)") for (int v = 0; v < count; v++) {                                        \
            y[v] = unloop_##name(unloop_load_real(x + v * UNLOOP_WIDTH));                                              \
        }                                                                                                              \
    }
MAP_ALL(exp)
MAP_ALL(expm1)
MAP_ALL(log)
MAP_ALL(log1p)
MAP_ALL(tanh)
MAP_ALL(sigmoid)
MAP_ALL(erf)
MAP_ALL(normal_distribution)
MAP_ALL(sin)
MAP_ALL(cos)
UNLOOP_SLOW_FUNCTION(void) map_all_power(REAL *x, const REAL *y, int count) {
    for (int v = 0; v < count; v++) x[v] = unloop_power(x[v], y[v]);
}

#define MAP_COUNT 8
#define MAP_FUNCTION map_strips
#include "map_steps.body.h"
#define MAP_COUNT 2
#define MAP_FUNCTION map_pairs
#include "map_steps.body.h"
#define MAP_COUNT 1
#define MAP_FUNCTION map_vectors
#include "map_steps.body.h"

static void map_run(const struct unloop_map_instruction *code, const struct unloop_map_slot *slots, size_t count,
                    uint32_t first) {
    size_t done = map_strips(code, slots, 0, count, first);
    done = map_pairs(code, slots, done, count, first);
    map_vectors(code, slots, done, count, first);
}

#if defined(UNLOOP_ISA_PORTABLE)
// Without a fused multiply-add in hardware, formulas are calls of functions: compiling them whole gains nothing.
#    define UNLOOP_MAP_KERNELS                                                                                         \
        { .run = map_run, .compiled = NULL, .line_maps = NULL, .line_sums = NULL }
#else
#    include "map_compiled.body.h"
#    define UNLOOP_MAP_KERNELS                                                                                         \
        { .run = map_run, .compiled = map_compiled, .line_maps = map_line_maps, .line_sums = map_line_sums }
#endif
