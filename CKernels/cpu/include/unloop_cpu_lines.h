// Programs of several stages over lines of elements: maps, and reductions of each line to one value.
#pragma once

#include "unloop_cpu_map.h"
#include "unloop_cpu_reduce.h"

#pragma clang assume_nonnull begin

enum { unloop_line_operands = 8 };

// Chunks (of unloop_reduce_chunk elements) that a line has at most.
enum { unloop_line_chunks = 64 };

// A map of operands to one result, or a reduction of its only operand.
struct unloop_line_stage {
    // NULL reduces.
    const struct unloop_map_instruction *_Nullable code;
    enum unloop_reduction reduction;
    // Whether a map is over values of lines.
    bool maps_lines;
    int32_t operand_count;
    // Numbers of values.
    int32_t operands[unloop_line_operands];
    // Slots of the map's own; the first of its constants among those of the plan, the scalars coming first of all.
    int32_t constants, scalars, first_constant, temporaries;
    // The map's number among the programs that were compiled ahead of time, and among the line stages; negative if it
    // is none of them.
    int32_t compiled, line_stage;
    // Whether a map's elements are taken by one stage alone, which sums them.
    bool is_only_summed;
    // Of the maps of elements: which this is, and how many there are.
    int32_t part, parts;
};

// Where the 32-bit elements of a value lie.
enum unloop_line_layout {
    // Lines of consecutive elements, which begin `stride` elements apart.
    unloop_line_elements,
    // One element for each line, consecutive.
    unloop_line_values,
    // One line, which serves all.
    unloop_line_repeated,
    // One element for all.
    unloop_line_constant,
};

// An input, or the result of a stage.
struct unloop_line_value {
    enum unloop_line_layout layout;
    // NULL for what is needed only as long as its lines are worked on.
    uint32_t *_Nullable memory;
    int64_t stride;
    // Whether maps of elements take it.
    bool meets_elements;
    // Whether it bypasses the caches.
    bool streams;
};

struct unloop_line_plan {
    const struct unloop_cpu_kernels *_Nullable kernels;
    // By number, the compiled programs; NULL interprets all.
    unloop_map_compiled_program *const _Nonnull *_Nullable compiled;
    const struct unloop_line_stage *_Nullable stages;
    // The inputs, then the result of each stage.
    const struct unloop_line_value *_Nullable values;
    const uint32_t *_Nullable constant_bits;
    int32_t stage_count, value_count;
    // Elements of a line, at least 1.
    int64_t length;
    // Lines that are worked on at a time.
    int64_t block;
    // Whether the lines of a block are short and all their elements consecutive: maps then run over all of them at
    // once.
    bool joins;
};

// Bytes of memory, aligned to 64, that `unloop_lines_run` needs.
size_t unloop_lines_scratch_size(const struct unloop_line_plan *plan);

// Runs all stages over the lines begin ..< end.
void unloop_lines_run(const struct unloop_line_plan *plan, int64_t begin, int64_t end, void *scratch);

#pragma clang assume_nonnull end
