// The instructions of scalar programs as SIMD loops, for one instruction set. Formulas: CKernels/formulas.

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

// One step of a loop: `value` from the vectors x, y, z (of which as many are loaded as `arity` says).
#define MAP_STEP(arity, value, left)                                                                                   \
    {                                                                                                                  \
        REAL x = arity > 0 ? map_load(a, a_mask, i, left) : REAL_OF(0.0f);                                             \
        REAL y = arity > 1 ? map_load(b, b_mask, i, left) : REAL_OF(0.0f);                                             \
        REAL z = arity > 2 ? map_load(c, c_mask, i, left) : REAL_OF(0.0f);                                             \
        (void)x, (void)y, (void)z;                                                                                     \
        map_store(result + i, (value), left);                                                                          \
    }

// A loop over all elements, unrolled so often; whole vectors, then what is left.
#define MAP_LOOP_UNROLLED(arity, value, unroll)                                                                        \
    {                                                                                                                  \
        float *result = slots[in.result].memory;                                                                       \
        const float *a = slots[in.a].memory, *b = slots[in.b].memory, *c = slots[in.c].memory;                         \
        const size_t a_mask = slots[in.a].mask, b_mask = slots[in.b].mask, c_mask = slots[in.c].mask;                  \
        size_t i = 0;                                                                                                  \
        _Pragma(unroll) for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH)                                           \
            MAP_STEP(arity, value, UNLOOP_WIDTH) if (i < count) MAP_STEP(arity, value, count - i) break;               \
    }
#define MAP_LOOP(arity, value) MAP_LOOP_UNROLLED(arity, value, "clang loop unroll_count(4)")
// For long formulas, of which the processor overlaps several by itself.
#define MAP_LONG_LOOP(arity, value) MAP_LOOP_UNROLLED(arity, value, "clang loop unroll(disable)")

// Types of operands and result: R real, I integer.
#define MAP_CASE_R_R(name)                                                                                             \
    case unloop_map_##name:                                                                                            \
        MAP_LOOP(1, unloop_##name(x))
#define MAP_CASE_LONG(name)                                                                                            \
    case unloop_map_##name:                                                                                            \
        MAP_LONG_LOOP(1, unloop_##name(x))
#define MAP_CASE_R_RR(name)                                                                                            \
    case unloop_map_##name:                                                                                            \
        MAP_LOOP(2, unloop_##name(x, y))
#define MAP_CASE_R_RRR(name)                                                                                           \
    case unloop_map_##name:                                                                                            \
        MAP_LOOP(3, unloop_##name(x, y, z))
#define MAP_CASE_I_RR(name)                                                                                            \
    case unloop_map_##name:                                                                                            \
        MAP_LOOP(2, AS_REAL(unloop_##name(x, y)))
#define MAP_CASE_I_II(name)                                                                                            \
    case unloop_map_##name:                                                                                            \
        MAP_LOOP(2, AS_REAL(unloop_##name(AS_INT(x), AS_INT(y))))

static inline INT map_lanes(void) {
    INT lanes;
    for (int lane = 0; lane < UNLOOP_WIDTH; lane++) lanes[lane] = lane;
    return lanes;
}

// Random words for elements first ..< first + count. A vector of counters gives four vectors of words, which belong to
// 4 UNLOOP_WIDTH consecutive elements.
static void map_random_bits(int32_t *result, const struct unloop_map_slot *slots, struct unloop_map_instruction in,
                            size_t count, uint32_t first) {
    const uint32_t k0 = *(const uint32_t *)slots[in.a].memory, k1 = *(const uint32_t *)slots[in.b].memory;
    const uint32_t s0 = *(const uint32_t *)slots[in.c].memory, s1 = *(const uint32_t *)slots[in.d].memory;
    size_t done = 0;
    while (done < count) {
        uint32_t position = first + (uint32_t)done;
        UINT c0 = UINT_OF(position >> 2) + AS_UINT(map_lanes());
        // Positions are 32 bits wide: their quarter wraps at 2^30.
        c0 &= UINT_OF(0x3fffffffu);
        UINT c1 = UINT_OF(in.salt), c2 = UINT_OF(s0), c3 = UINT_OF(s1);
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

static void map_run(const struct unloop_map_instruction *code, int32_t instruction_count,
                    const struct unloop_map_slot *slots, size_t count, uint32_t first) {
    for (int32_t position = 0; position < instruction_count; position++) {
        const struct unloop_map_instruction in = code[position];
        switch ((enum unloop_map_operation)in.operation) {
        case unloop_map_copy:
            MAP_LOOP(1, x)
        case unloop_map_index:
            MAP_LOOP(0, AS_REAL(UINT_OF(first + (uint32_t)i) + AS_UINT(map_lanes())))
        case unloop_map_random_bits:
            map_random_bits(slots[in.result].memory, slots, in, count, first);
            break;
            MAP_CASE_R_R(negate)
            MAP_CASE_R_R(absolute)
            MAP_CASE_R_RR(add)
            MAP_CASE_R_RR(subtract)
            MAP_CASE_R_RR(multiply)
            MAP_CASE_R_RR(divide)
            MAP_CASE_R_R(square_root)
            MAP_CASE_R_RRR(fused_multiply_add)
            MAP_CASE_R_RR(minimum)
            MAP_CASE_R_RR(maximum)
            MAP_CASE_R_R(floor)
            MAP_CASE_R_R(ceiling)
            MAP_CASE_R_R(round)
            MAP_CASE_LONG(exp)
            MAP_CASE_LONG(expm1)
            MAP_CASE_LONG(log)
            MAP_CASE_LONG(log1p)
            MAP_CASE_LONG(tanh)
            MAP_CASE_LONG(sigmoid)
            MAP_CASE_LONG(erf)
            MAP_CASE_LONG(sin)
            MAP_CASE_LONG(cos)
        case unloop_map_power:
            MAP_LONG_LOOP(2, unloop_power(x, y))
            MAP_CASE_I_RR(equal)
            MAP_CASE_I_RR(not_equal)
            MAP_CASE_I_RR(less)
            MAP_CASE_I_RR(less_or_equal)
        case unloop_map_select:
            MAP_LOOP(3, unloop_select(AS_INT(x), y, z))
        case unloop_map_integer_select:
            MAP_LOOP(3, AS_REAL(unloop_integer_select(AS_INT(x), AS_INT(y), AS_INT(z))))
            MAP_CASE_I_II(integer_add)
            MAP_CASE_I_II(integer_subtract)
            MAP_CASE_I_II(integer_multiply)
            MAP_CASE_I_II(integer_and)
            MAP_CASE_I_II(integer_or)
            MAP_CASE_I_II(integer_xor)
            MAP_CASE_I_II(integer_shift_left)
            MAP_CASE_I_II(integer_shift_right)
            MAP_CASE_I_II(integer_equal)
            MAP_CASE_I_II(integer_less)
        case unloop_map_real_from_integer:
            MAP_LOOP(1, unloop_real_from_integer(AS_INT(x)))
        case unloop_map_integer_from_real:
            MAP_LOOP(1, AS_REAL(unloop_integer_from_real(x)))
        }
    }
}

#define UNLOOP_MAP_KERNELS                                                                                             \
    { .run = map_run }
