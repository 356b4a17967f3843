// What each of compiled_programs.h computes, to find out whether a scalar program is one of them.
#include "dispatch.h"

#define REAL_INPUT(value, position) unloop_map_key_real_input,
#define INTEGER_INPUT(value, position) unloop_map_key_integer_input,
#define REAL_SCALAR(value, position) unloop_map_key_real_scalar,
#define INTEGER_SCALAR(value, position) unloop_map_key_integer_scalar,
#define REAL_CONSTANT(value, bits) unloop_map_key_real_constant, bits,
#define INTEGER_CONSTANT(value, bits) unloop_map_key_integer_constant, bits,
#define INDEX(value) unloop_map_index,
#define UNARY(value, name, a) unloop_map_##name, a,
#define BOUNDED(value, name, formula, a) unloop_map_##name, a,
#define BINARY(value, name, a, b) unloop_map_##name, a, b,
#define TERNARY(value, name, a, b, c) unloop_map_##name, a, b, c,
#define OUTPUT(position, value) unloop_map_key_output, value,
#define LINE_MAP(number, program, inputs, scalars, of_lines)
#define LINE_SUM(number, program, inputs, scalars, of_lines)
#define PROGRAM(number, inputs, scalars, outputs, ...) static const uint32_t key_##number[] = {__VA_ARGS__};
#include "compiled_programs.h"
#undef PROGRAM

#define PROGRAM(number, ...) {key_##number, sizeof key_##number / sizeof *key_##number},
static const struct {
    const uint32_t *words;
    size_t count;
} keys[] = {
#include "compiled_programs.h"
};

const uint32_t *unloop_map_compiled_key(int32_t number, size_t *count) {
    if (number < 0 || (size_t)number >= sizeof keys / sizeof *keys) return NULL;
    *count = keys[number].count;
    return keys[number].words;
}

#undef PROGRAM
#undef LINE_MAP
#undef LINE_SUM
#define PROGRAM(number, ...)
#define LINE_MAP(number, program, inputs, scalars, of_lines) {program, of_lines, false},
#define LINE_SUM(number, program, inputs, scalars, of_lines) {program, of_lines, true},
static const struct {
    int32_t program;
    uint32_t of_lines;
    bool sums;
} line_stages[] = {
#include "compiled_programs.h"
};

int32_t unloop_map_line_stage(int32_t program, uint32_t of_lines, bool sums) {
    for (size_t i = 0; i < sizeof line_stages / sizeof *line_stages; i++) {
        if (line_stages[i].program == program && line_stages[i].of_lines == of_lines && line_stages[i].sums == sums) {
            return (int32_t)i;
        }
    }
    return -1;
}
