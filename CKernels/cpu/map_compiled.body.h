// The scalar programs that ship with the library (compiled_programs.h), compiled for one instruction set: straight-line
// code whose values stay in registers, where the interpreter of map.body.h decodes an instruction and stores a value at
// a time. Formulas: CKernels/formulas.
//
// One vector at a time: the processor overlaps several by itself. On Zen 4, unrolling by 2, 4 or 8, or vectors of twice
// the width, gained less than 5 %.

// A program on one vector of each input; `s` are its scalars, `y` its outputs.
typedef void map_formula(const REAL *x, const REAL *s, INT index, REAL *y);

enum { map_compiled_operands = 32 };

// The slots are numbered as for the interpreter, but for constants of the program's own and temporaries, which it does
// not have; `of_lines` has a bit for each input that is the same for all elements. All inputs of a vector are read
// before any output is written, so an output may take the place of any input.
UNLOOP_FUNCTION(void)
map_run_formula(const struct unloop_map_slot *slots, size_t count, uint32_t first, int inputs, int scalars, int outputs,
                uint32_t of_lines, map_formula *formula) {
    const float *in[map_compiled_operands];
    float *out[map_compiled_operands];
    size_t mask[map_compiled_operands];
    REAL x[map_compiled_operands], s[map_compiled_operands], y[map_compiled_operands];
    for (int k = 0; k < inputs; k++) {
        in[k] = slots[k].memory;
        mask[k] = slots[k].mask;
        if (of_lines >> k & 1) x[k] = unloop_load_real(in[k]);
    }
    for (int k = 0; k < scalars; k++) s[k] = REAL_OF(*(const float *)slots[inputs + k].memory);
    bool streams = true;
    for (int k = 0; k < outputs; k++) {
        out[k] = slots[inputs + scalars + k].memory;
        streams = streams && slots[inputs + scalars + k].streams;
    }
    size_t i = 0;
    for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) {
        for (int k = 0; k < inputs; k++) {
            if (!(of_lines >> k & 1)) x[k] = unloop_load_real(in[k] + (i & mask[k]));
        }
        formula(x, s, AS_INT(UINT_OF(first + (uint32_t)i) + AS_UINT(map_lanes())), y);
        for (int k = 0; k < outputs; k++) {
            if (streams) {
                __builtin_nontemporal_store(y[k], (REAL *)(out[k] + i));
            } else {
                unloop_store_real(out[k] + i, y[k]);
            }
        }
    }
    if (i == count) return;
    for (int k = 0; k < inputs; k++) x[k] = map_load(in[k], mask[k], i, count - i);
    formula(x, s, AS_INT(UINT_OF(first + (uint32_t)i) + AS_UINT(map_lanes())), y);
    for (int k = 0; k < outputs; k++) map_store(out[k] + i, y[k], count - i);
}

#define MAP_UNUSED __attribute__((unused))
#define MAP_VALUE(value) const __auto_type MAP_UNUSED v##value
#define REAL_INPUT(value, position) MAP_VALUE(value) = x[position];
#define INTEGER_INPUT(value, position) MAP_VALUE(value) = AS_INT(x[position]);
#define REAL_SCALAR(value, position) MAP_VALUE(value) = s[position];
#define INTEGER_SCALAR(value, position) MAP_VALUE(value) = AS_INT(s[position]);
#define REAL_CONSTANT(value, bits) MAP_VALUE(value) = AS_REAL(UINT_OF(bits));
#define INTEGER_CONSTANT(value, bits) MAP_VALUE(value) = AS_INT(UINT_OF(bits));
#define INDEX(value) MAP_VALUE(value) = index;
#define UNARY(value, name, a) MAP_VALUE(value) = unloop_##name(v##a);
// By a formula with the same result for all that the operand can be.
#define BOUNDED(value, name, formula, a) MAP_VALUE(value) = unloop_##formula(v##a);
#define BINARY(value, name, a, b) MAP_VALUE(value) = unloop_##name(v##a, v##b);
#define TERNARY(value, name, a, b, c) MAP_VALUE(value) = unloop_##name(v##a, v##b, v##c);
// map_lines.body.h.
#define LINE_MAP(number, program, inputs, scalars, of_lines)
#define LINE_SUM(number, program, inputs, scalars, of_lines)
#define OUTPUT(position, value) y[position] = AS_REAL(v##value);
#define PROGRAM(number, inputs, scalars, outputs, ...)                                                                 \
    UNLOOP_FUNCTION(void)                                                                                              \
    map_formula_##number(const REAL *x MAP_UNUSED, const REAL *s MAP_UNUSED, INT index MAP_UNUSED, REAL *y) {          \
        __VA_ARGS__                                                                                                    \
    }                                                                                                                  \
    static void map_compiled_##number(const struct unloop_map_slot *slots, size_t count, uint32_t first) {             \
        map_run_formula(slots, count, first, inputs, scalars, outputs, 0, map_formula_##number);                       \
    }
#include "compiled_programs.h"
#undef PROGRAM

#define PROGRAM(number, ...) map_compiled_##number,
static unloop_map_compiled_program *const map_compiled[] = {
#include "compiled_programs.h"
};
#undef PROGRAM
#undef LINE_MAP
#undef LINE_SUM
