// The stages over elements of the library's own line programs (compiled_programs.h: LINE_MAP, LINE_SUM), for one
// instruction set. They compute what map_compiled.body.h does, but values of lines stay in registers, and what is only
// summed is not stored: in the first-level cache a load or a store of one of them costs as much as the arithmetic.
//
// Sums are in 64 interleaved lanes and a binary tree, as those of reduce.body.h.
#if !defined(UNLOOP_ISA_PORTABLE)

// The parameters are those of `map_run_formula`, without outputs.
UNLOOP_FUNCTION(uint32_t)
map_sum_formula(const struct unloop_map_slot *slots, size_t count, uint32_t first, int inputs, int scalars,
                uint32_t of_lines, map_formula *formula) {
    const float *in[map_compiled_operands];
    size_t step[map_compiled_operands];
    REAL x[map_compiled_operands], s[map_compiled_operands], y[1];
    for (int k = 0; k < inputs; k++) {
        in[k] = slots[k].memory;
        step[k] = UNLOOP_WIDTH & slots[k].mask;
        if (of_lines >> k & 1) x[k] = unloop_load_real(in[k]);
    }
    for (int k = 0; k < scalars; k++) s[k] = REAL_OF(*(const float *)slots[inputs + k].memory);
    const REAL zero = REAL_OF(0);
    REAL lanes[reduce_vectors];
    for (int v = 0; v < reduce_vectors; v++) lanes[v] = zero;
    size_t left = count;
    for (; left >= reduce_lanes; left -= reduce_lanes) {
        _Pragma("clang loop unroll(full)") for (int v = 0; v < reduce_vectors; v++) {
            for (int k = 0; k < inputs; k++) {
                if (of_lines >> k & 1) continue;
                x[k] = unloop_load_real(in[k]);
                in[k] += step[k];
            }
            const uint32_t at = first + (uint32_t)(count - left) + (uint32_t)v * UNLOOP_WIDTH;
            formula(x, s, AS_INT(UINT_OF(at) + AS_UINT(map_lanes())), y);
            lanes[v] = reduce_sum(lanes[v], y[0]);
        }
    }
    for (int v = 0; left > 0; v++) {
        for (int k = 0; k < inputs; k++) {
            if (of_lines >> k & 1) continue;
            x[k] = map_load(in[k], step[k], 0, left);
            in[k] += step[k];
        }
        formula(x, s, AS_INT(UINT_OF(first + (uint32_t)(count - left)) + AS_UINT(map_lanes())), y);
        if (left < UNLOOP_WIDTH) y[0] = SELECT(LESS(map_lanes(), INT_OF((int32_t)left)), y[0], zero);
        lanes[v] = reduce_sum(lanes[v], y[0]);
        left -= left < UNLOOP_WIDTH ? left : UNLOOP_WIDTH;
    }
    const float sum = reduce_lanes_sum(lanes);
    uint32_t bits;
    __builtin_memcpy(&bits, &sum, sizeof bits);
    return bits;
}

#    define PROGRAM(number, ...)
#    define LINE_MAP(number, program, inputs, scalars, of_lines)                                                       \
        static void map_line_##number(const struct unloop_map_slot *slots, size_t count, uint32_t first) {             \
            map_run_formula(slots, count, first, inputs, scalars, 1, of_lines, map_formula_##program);                 \
        }
#    define LINE_SUM(number, program, inputs, scalars, of_lines)                                                       \
        static uint32_t map_line_##number(const struct unloop_map_slot *slots, size_t count, uint32_t first) {         \
            return map_sum_formula(slots, count, first, inputs, scalars, of_lines, map_formula_##program);             \
        }
#    include "compiled_programs.h"
#    undef LINE_MAP
#    undef LINE_SUM

#    define LINE_MAP(number, ...) map_line_##number,
#    define LINE_SUM(number, ...) NULL,
static unloop_map_compiled_program *const map_line_maps[] = {
#    include "compiled_programs.h"
};
#    undef LINE_MAP
#    undef LINE_SUM

#    define LINE_MAP(number, ...) NULL,
#    define LINE_SUM(number, ...) map_line_##number,
static unloop_map_sum_program *const map_line_sums[] = {
#    include "compiled_programs.h"
};
#    undef LINE_MAP
#    undef LINE_SUM
#    undef PROGRAM

#endif
