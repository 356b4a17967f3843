// Runs a scalar program over MAP_COUNT vectors at a time, in the function MAP_FUNCTION; returns how many elements are
// done. Included by map.body.h. Where MAP_COUNT is 1, the last vector may be a part of one.

#if MAP_COUNT == 1
#    define MAP_LOAD(slot, p, v) map_load(p, (slot)->mask, 0, count - i)
#    define MAP_STORE(p, v, value) map_store(p, value, count - i)
#else
#    define MAP_LOAD(slot, p, v) unloop_load_real((p) + (v)*UNLOOP_WIDTH)
#    define MAP_STORE(p, v, value) unloop_store_real((p) + (v)*UNLOOP_WIDTH, value)
#endif

#define MAP_EACH _Pragma("clang loop unroll(full)") for (int v = 0; v < MAP_COUNT; v++)

// x is what lies in registers. `position` says which operand that is; the number of operands stands for none.
#define MAP_CASE(name, position, ...)                                                                                  \
    case 4 * unloop_map_##name + position:                                                                             \
        __VA_ARGS__;                                                                                                   \
        break;
// The operands in memory.
#define MAP_A MAP_LOAD(a, pa, v)
#define MAP_B MAP_LOAD(b, pb, v)
#define MAP_C MAP_LOAD(c, pc, v)
#define MAP_UNARY(name, function)                                                                                      \
    MAP_CASE(name, 0, MAP_EACH x[v] = function(x[v]))                                                                  \
    MAP_CASE(name, 1, MAP_EACH x[v] = function(MAP_A))
#define MAP_BINARY(name, function)                                                                                     \
    MAP_CASE(name, 0, MAP_EACH x[v] = function(x[v], MAP_A))                                                           \
    MAP_CASE(name, 1, MAP_EACH x[v] = function(MAP_A, x[v]))                                                           \
    MAP_CASE(name, 2, MAP_EACH x[v] = function(MAP_A, MAP_B))
#define MAP_TERNARY(name, function)                                                                                    \
    MAP_CASE(name, 0, MAP_EACH x[v] = function(x[v], MAP_A, MAP_B))                                                    \
    MAP_CASE(name, 1, MAP_EACH x[v] = function(MAP_A, x[v], MAP_B))                                                    \
    MAP_CASE(name, 2, MAP_EACH x[v] = function(MAP_A, MAP_B, x[v]))                                                    \
    MAP_CASE(name, 3, {                                                                                                \
        const struct unloop_map_slot *c = slots + in->c;                                                               \
        const float *pc = (const float *)c->memory + (i & c->mask);                                                    \
        MAP_EACH x[v] = function(MAP_A, MAP_B, MAP_C);                                                                 \
    })
// Long formulas are functions of their own, so that they leave the registers alone. Whole vectors they read where they
// lie.
#define MAP_LONG_UNARY(name)                                                                                           \
    MAP_CASE(name, 0, {                                                                                                \
        REAL y[MAP_COUNT];                                                                                             \
        MAP_EACH y[v] = x[v];                                                                                          \
        map_all_##name(y, (const float *)y, MAP_COUNT);                                                                \
        MAP_EACH x[v] = y[v];                                                                                          \
    })                                                                                                                 \
    MAP_CASE(name, 1, {                                                                                                \
        REAL y[MAP_COUNT];                                                                                             \
        if (MAP_COUNT == 1) MAP_EACH y[v] = MAP_A;                                                                     \
        map_all_##name(y, MAP_COUNT == 1 ? (const float *)y : pa, MAP_COUNT);                                          \
        MAP_EACH x[v] = y[v];                                                                                          \
    })
#define MAP_LONG_BINARY_CASE(name, position, first, second)                                                            \
    MAP_CASE(name, position, {                                                                                         \
        REAL y[MAP_COUNT], z[MAP_COUNT];                                                                               \
        MAP_EACH y[v] = first;                                                                                         \
        MAP_EACH z[v] = second;                                                                                        \
        map_all_##name(y, z, MAP_COUNT);                                                                               \
        MAP_EACH x[v] = y[v];                                                                                          \
    })
#define MAP_LONG_BINARY(name)                                                                                          \
    MAP_LONG_BINARY_CASE(name, 0, x[v], MAP_A)                                                                         \
    MAP_LONG_BINARY_CASE(name, 1, MAP_A, x[v])                                                                         \
    MAP_LONG_BINARY_CASE(name, 2, MAP_A, MAP_B)

static size_t MAP_FUNCTION(const struct unloop_map_instruction *code, const struct unloop_map_slot *slots, size_t i,
                           size_t count, uint32_t first) {
    const size_t step = MAP_COUNT * UNLOOP_WIDTH;
    for (; MAP_COUNT == 1 ? i < count : i + step <= count; i += step) {
        REAL x[MAP_COUNT];
        MAP_EACH x[v] = REAL_OF(0.0f);
        for (const struct unloop_map_instruction *in = code; in->operation != 4 * unloop_map_end; in++) {
            const struct unloop_map_slot *a = slots + in->a, *b = slots + in->b;
            float *pa = (float *)a->memory + (i & a->mask);
            const float *pb = (const float *)b->memory + (i & b->mask);
            switch (in->operation) {
                MAP_CASE(load, 0, MAP_EACH x[v] = MAP_A)
            case 4 * unloop_map_store:
                if (MAP_COUNT > 1 && a->streams) {
                    MAP_EACH __builtin_nontemporal_store(x[v], (REAL *)(pa + v * UNLOOP_WIDTH));
                } else {
                    MAP_EACH MAP_STORE(pa, v, x[v]);
                }
                break;
            case 4 * unloop_map_index:
                MAP_EACH {
                    x[v] = AS_REAL(UINT_OF(first + (uint32_t)i + (uint32_t)(v * UNLOOP_WIDTH)) + AS_UINT(map_lanes()));
                }
                break;
            case 4 * unloop_map_random_bits: {
                int32_t words[MAP_COUNT * UNLOOP_WIDTH];
                map_random_bits(words, slots, in, MAP_COUNT * UNLOOP_WIDTH, first + (uint32_t)i);
                MAP_EACH x[v] = unloop_load_real((const float *)words + v * UNLOOP_WIDTH);
                break;
            }
                MAP_CASE(random_bits, 1, {
                    const struct unloop_map_slot *words[4] = {a, b, slots + in->c, slots + in->d};
                    MAP_EACH {
                        REAL key[4];
                        for (int k = 0; k < 4; k++) {
                            const float *word = (const float *)words[k]->memory + (i & words[k]->mask);
                            key[k] = MAP_LOAD(words[k], word, v);
                        }
                        x[v] =
                            map_random_bits_of_keys(first + (uint32_t)i + (uint32_t)(v * UNLOOP_WIDTH), in->salt, key);
                    }
                })
                MAP_UNARY(negate, unloop_negate)
                MAP_UNARY(absolute, unloop_absolute)
                MAP_BINARY(add, unloop_add)
                MAP_BINARY(subtract, unloop_subtract)
                MAP_BINARY(multiply, unloop_multiply)
                MAP_BINARY(divide, unloop_divide)
                MAP_UNARY(square_root, unloop_square_root)
                MAP_TERNARY(fused_multiply_add, unloop_fused_multiply_add)
                MAP_BINARY(minimum, unloop_minimum)
                MAP_BINARY(maximum, unloop_maximum)
                MAP_UNARY(floor, unloop_floor)
                MAP_UNARY(ceiling, unloop_ceiling)
                MAP_UNARY(round, unloop_round)
                MAP_LONG_UNARY(exp)
                MAP_LONG_UNARY(expm1)
                MAP_LONG_UNARY(log)
                MAP_LONG_UNARY(log1p)
                MAP_LONG_UNARY(tanh)
                MAP_LONG_UNARY(sigmoid)
                MAP_LONG_UNARY(erf)
                MAP_LONG_UNARY(normal_distribution)
                MAP_LONG_UNARY(sin)
                MAP_LONG_UNARY(cos)
                MAP_LONG_BINARY(power)
                MAP_BINARY(equal, map_equal)
                MAP_BINARY(not_equal, map_not_equal)
                MAP_BINARY(less, map_less)
                MAP_BINARY(less_or_equal, map_less_or_equal)
                MAP_TERNARY(select, map_select)
                MAP_TERNARY(integer_select, map_integer_select)
                MAP_BINARY(integer_add, map_integer_add)
                MAP_BINARY(integer_subtract, map_integer_subtract)
                MAP_BINARY(integer_multiply, map_integer_multiply)
                MAP_BINARY(integer_and, map_integer_and)
                MAP_BINARY(integer_or, map_integer_or)
                MAP_BINARY(integer_xor, map_integer_xor)
                MAP_BINARY(integer_shift_left, map_integer_shift_left)
                MAP_BINARY(integer_shift_right, map_integer_shift_right)
                MAP_BINARY(integer_equal, map_integer_equal)
                MAP_BINARY(integer_less, map_integer_less)
                MAP_UNARY(real_from_integer, map_real_from_integer)
                MAP_UNARY(integer_from_real, map_integer_from_real)
            default:
                __builtin_unreachable();
            }
        }
    }
    return i;
}

#undef MAP_LOAD
#undef MAP_STORE
#undef MAP_COUNT
#undef MAP_FUNCTION
