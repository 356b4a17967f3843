// Scalar programs. Those that ship with the library are compiled; all others run strip by strip: each instruction takes
// its first operand from the registers in which the one before left it, and leaves its own result there.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The primitives of scalar programs that are computed (constants are values, not instructions), and moves of values.
enum unloop_map_operation {
    // From a slot to the registers, and back.
    unloop_map_load,
    unloop_map_store,
    // Every program ends with it.
    unloop_map_end,
    unloop_map_index,
    unloop_map_random_bits,
    unloop_map_negate,
    unloop_map_absolute,
    unloop_map_add,
    unloop_map_subtract,
    unloop_map_multiply,
    unloop_map_divide,
    unloop_map_square_root,
    unloop_map_fused_multiply_add,
    unloop_map_minimum,
    unloop_map_maximum,
    unloop_map_floor,
    unloop_map_ceiling,
    unloop_map_round,
    unloop_map_exp,
    unloop_map_expm1,
    unloop_map_log,
    unloop_map_log1p,
    unloop_map_tanh,
    unloop_map_sigmoid,
    unloop_map_erf,
    unloop_map_normal_distribution,
    unloop_map_sin,
    unloop_map_cos,
    unloop_map_power,
    unloop_map_equal,
    unloop_map_not_equal,
    unloop_map_less,
    unloop_map_less_or_equal,
    unloop_map_select,
    unloop_map_integer_select,
    unloop_map_integer_add,
    unloop_map_integer_subtract,
    unloop_map_integer_multiply,
    unloop_map_integer_and,
    unloop_map_integer_or,
    unloop_map_integer_xor,
    unloop_map_integer_shift_left,
    unloop_map_integer_shift_right,
    unloop_map_integer_equal,
    unloop_map_integer_less,
    unloop_map_real_from_integer,
    unloop_map_integer_from_real,
    unloop_map_operation_count,
};

// `operation` is 4 · the operation + the number of the operand that lies in registers, or the number of operands if
// none does; the others are the slots a, b, c in order. Those of `random_bits` are a, b, c, d: constants, or where the
// number is 1 any values; the salt is its own. `load` and `store` have their slot in a.
struct unloop_map_instruction {
    uint16_t operation, a, b, c, d;
    uint32_t salt;
};

// Elements of a strip at most.
enum { unloop_map_strip = 128 };

// Where the 32-bit elements of a value lie. Element i is at memory[i & mask]: the mask is all ones, or 0 for what is as
// long as a strip: a value that is the same everywhere, or one that lives in one strip only.
struct unloop_map_slot {
    void *memory;
    size_t mask;
    // Whether stores bypass the caches; the memory is then aligned to 64.
    bool streams;
};

// Runs a program that was compiled ahead of time, as `run` below; the slots are inputs, scalars, outputs.
typedef void unloop_map_compiled_program(const struct unloop_map_slot *slots, size_t count, uint32_t first);

// The bits of the sum of what a program with one real output gives, in the order of a contiguous axis (Numerics.md),
// without storing it. The slots are inputs, scalars.
typedef uint32_t unloop_map_sum_program(const struct unloop_map_slot *slots, size_t count, uint32_t first);

struct unloop_cpu_map_kernels {
    // Runs the instructions over `count` elements; `first` is the position of the first one. A result may be the very
    // same memory as an operand.
    void (*run)(const struct unloop_map_instruction *code, const struct unloop_map_slot *slots, size_t count,
                uint32_t first);
    // By number, the compiled programs; NULL where there are none.
    unloop_map_compiled_program *const _Nonnull *_Nullable compiled;
    // By the number of a line stage, for which values of lines stay in registers: what maps elements, and what sums
    // them; NULL where it does the other.
    unloop_map_compiled_program *const _Nullable *_Nullable line_maps;
    unloop_map_sum_program *const _Nullable *_Nullable line_sums;
};

// The words of a key that are no operation.
enum unloop_map_key_word {
    unloop_map_key_real_input = unloop_map_operation_count,
    unloop_map_key_integer_input,
    unloop_map_key_real_scalar,
    unloop_map_key_integer_scalar,
    // Followed by the bits.
    unloop_map_key_real_constant,
    unloop_map_key_integer_constant,
    // Followed by the number of the value.
    unloop_map_key_output,
};

// All that the compiled program of a number computes: a word for each input and each scalar; then for each instruction
// the operation and the numbers of the values that it takes; then the outputs. Inputs, scalars and instructions each
// define the next value, from 0 on. NULL where there is no such program.
const uint32_t *_Nullable unloop_map_compiled_key(int32_t number, size_t *count);

// The number of the line stage that runs the compiled program with these inputs (a bit for each) as values of lines,
// and sums what it gives or stores it; negative where there is none.
int32_t unloop_map_line_stage(int32_t program, uint32_t of_lines, bool sums);

enum { unloop_map_rank = 8 };

// An array of 32-bit elements; strides in elements.
struct unloop_map_operand {
    void *_Nullable base;
    int64_t strides[unloop_map_rank];
};

struct unloop_cpu_kernels;

// A program and the arrays it runs over. Slots are numbered: inputs, constants, temporaries, outputs.
struct unloop_map_plan {
    const struct unloop_cpu_kernels *_Nullable kernels;
    const struct unloop_map_instruction *_Nullable code;
    // Takes the place of the code, if it is given; the plan then has no other constants than scalars, and no
    // temporaries.
    unloop_map_compiled_program *_Nullable compiled;
    int32_t inputs, constants, temporaries, outputs;
    // Inputs, then outputs.
    struct unloop_map_operand *_Nullable operands;
    // One for each constant slot.
    const uint32_t *_Nullable constant_bits;
    int32_t rank;
    int64_t shape[unloop_map_rank];
    // Elements that are worked on at a time, as `unloop_map_block` says.
    int64_t block;
    // Outputs are computed in scratch memory and then stored: needed where an output is an input that is read later.
    bool deferred;
    // Outputs bypass the caches: for arrays that are much larger than these.
    bool streaming;
};

// Joins the axes of the plan that all operands run on along, from one to the next, and drops those of size 1.
void unloop_map_join_axes(struct unloop_map_plan *plan);

// The largest block of at most `limit` elements that suits the plan (of which `block` is not looked at): where operands
// repeat, a multiple of their period.
int64_t unloop_map_block(const struct unloop_map_plan *plan, int64_t limit);

// Bytes of memory, aligned to 64, that `unloop_map_range` needs.
size_t unloop_map_scratch_size(const struct unloop_map_plan *plan);

// Runs the plan over the elements begin ..< end in row-major order.
void unloop_map_range(const struct unloop_map_plan *plan, int64_t begin, int64_t end, void *scratch);

// The same for a plan with one output, whose elements go to consecutive memory instead; the plan's own output is not
// looked at.
void unloop_map_evaluate(const struct unloop_map_plan *plan, int64_t begin, int64_t end, void *scratch,
                         uint32_t *destination);

#pragma clang assume_nonnull end
