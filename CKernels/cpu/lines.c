// Runs programs of several stages over lines of elements, block by block: each stage over the lines of a block, whose
// elements stay in the caches from one stage to the next.
#include "dispatch.h"
#include "strips.h"

#include <string.h>

// Elements beyond a block that `spread` may write.
enum { spread_surplus = 8 };

// Elements of the longest vector of an instruction set.
enum { longest_vector = 16 };

// What a block is worked on with.
struct block_memory {
    // For each value: its elements or values in this block.
    uint32_t **place;
    int64_t *stride;
    // For each value that meets elements and is not one of its own for each: a strip, or as many elements as the block
    // has.
    uint32_t **spread;
    // The block that `spread` belongs to.
    int64_t *spread_block;
    // For each stage: its slots.
    struct unloop_map_slot **slots;
};

static bool is_compiled(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    return plan->compiled != NULL && stage->compiled >= 0;
}

// A compiled program takes no other constants than its scalars, and no temporaries.
static int32_t constant_count(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    return is_compiled(plan, stage) ? stage->scalars : stage->constants;
}

static int32_t temporary_count(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    return is_compiled(plan, stage) ? 0 : stage->temporaries;
}

// Operands, constants, temporaries and the result.
static size_t slot_count(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    return (size_t)(stage->operand_count + constant_count(plan, stage) + temporary_count(plan, stage) + 1);
}

// Whether a map of elements is one of those that keep the values of a line in registers. Short lines are mapped all
// together.
static bool has_line_stage(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    return is_compiled(plan, stage) && stage->line_stage >= 0 && !plan->joins;
}

// What sums the elements that a map gives without storing them; NULL where they are stored.
static unloop_map_sum_program *sum_program(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage) {
    const bool is_possible = stage->is_only_summed && has_line_stage(plan, stage);
    return is_possible ? plan->kernels->map.line_sums[stage->line_stage] : NULL;
}

static void run_map(const struct unloop_line_plan *plan, const struct unloop_line_stage *stage,
                    const struct unloop_map_slot *slots, int64_t count, int64_t first) {
    if (has_line_stage(plan, stage) && !stage->is_only_summed) {
        plan->kernels->map.line_maps[stage->line_stage](slots, (size_t)count, (uint32_t)first);
    } else if (is_compiled(plan, stage)) {
        plan->compiled[stage->compiled](slots, (size_t)count, (uint32_t)first);
    } else {
        plan->kernels->map.run(stage->code, slots, (size_t)count, (uint32_t)first);
    }
}

// Elements, or values of lines, that one block has of a value.
static int64_t block_elements(const struct unloop_line_plan *plan, const struct unloop_line_value *value) {
    return value->layout == unloop_line_elements ? plan->block * plan->length : plan->block;
}

// Bytes that a value takes beside the elements of its own.
static size_t spread_size(const struct unloop_line_plan *plan, const struct unloop_line_value *value) {
    if (value->layout == unloop_line_constant) return strip_size;
    if (!value->meets_elements || value->layout == unloop_line_elements) return 0;
    if (plan->joins) return (size_t)(plan->block * plan->length + spread_surplus) * sizeof(uint32_t);
    return value->layout == unloop_line_values ? strip_size : 0;
}

// Divides scratch memory; only measures it where `scratch` is NULL.
static size_t divide(const struct unloop_line_plan *plan, char *scratch, struct block_memory *memory) {
    size_t used = 0;
#define TAKE(bytes) (used += round_up(bytes, 64), scratch ? (void *)(scratch + used - round_up(bytes, 64)) : NULL)
    const size_t values = (size_t)plan->value_count, stages = (size_t)plan->stage_count;
    memory->place = TAKE(values * sizeof(uint32_t *));
    memory->stride = TAKE(values * sizeof(int64_t));
    memory->spread = TAKE(values * sizeof(uint32_t *));
    memory->spread_block = TAKE(values * sizeof(int64_t));
    memory->slots = TAKE(stages * sizeof(struct unloop_map_slot *));
    for (size_t i = 0; i < values; i++) {
        const struct unloop_line_value *value = &plan->values[i];
        uint32_t *place = value->memory;
        if (place == NULL) place = TAKE((size_t)block_elements(plan, value) * sizeof(uint32_t));
        uint32_t *spread = TAKE(spread_size(plan, value));
        if (scratch == NULL) continue;
        memory->place[i] = place;
        memory->stride[i] = value->memory == NULL ? plan->length : value->stride;
        memory->spread[i] = spread;
        memory->spread_block[i] = -1;
    }
    int32_t most_temporaries = 0;
    for (size_t s = 0; s < stages; s++) {
        const int32_t temporaries = temporary_count(plan, &plan->stages[s]);
        if (temporaries > most_temporaries) most_temporaries = temporaries;
    }
    char *temporaries = TAKE((size_t)most_temporaries * strip_size);
    for (size_t s = 0; s < stages; s++) {
        const struct unloop_line_stage *stage = &plan->stages[s];
        struct unloop_map_slot *slots = TAKE(slot_count(plan, stage) * sizeof *slots);
        char *constants = TAKE((size_t)constant_count(plan, stage) * strip_size);
        if (scratch == NULL) continue;
        memory->slots[s] = slots;
        slots += stage->operand_count;
        for (int32_t c = 0; c < constant_count(plan, stage); c++) {
            *slots++ = (struct unloop_map_slot){constants + (size_t)c * strip_size, 0, false};
        }
        for (int32_t t = 0; t < temporary_count(plan, stage); t++) {
            *slots++ = (struct unloop_map_slot){temporaries + (size_t)t * strip_size, 0, false};
        }
    }
#undef TAKE
    return used;
}

// Each line's value as often as the line has elements. What is written beyond a line is overwritten by the next.
static void spread_values(uint32_t *target, const uint32_t *values, int64_t lines, int64_t length) {
    for (int64_t line = 0; line < lines; line++, target += length) {
        const uint32_t bits = values[line];
        for (int64_t i = 0; i < length; i += spread_surplus) {
            for (int k = 0; k < spread_surplus; k++) target[i + k] = bits;
        }
    }
}

// A value that a map of elements takes for all elements of a line. The interpreter reads a whole strip of it, compiled
// programs a vector.
static void spread_value(uint32_t *strip, uint32_t bits, bool fills_strip) {
    for (int i = 0; i < longest_vector; i++) strip[i] = bits;
    if (!fills_strip) return;
    for (int i = longest_vector; i < unloop_map_strip; i++) strip[i] = bits;
}

// Sets the parts of slots and strips that do not change from block to block.
static void prepare(const struct unloop_line_plan *plan, const struct block_memory *memory) {
    for (int32_t s = 0; s < plan->stage_count; s++) {
        const struct unloop_line_stage *stage = &plan->stages[s];
        for (int32_t c = 0; c < constant_count(plan, stage); c++) {
            fill_strip(memory->slots[s][stage->operand_count + c].memory,
                       plan->constant_bits[stage->first_constant + c]);
        }
    }
    for (int32_t i = 0; i < plan->value_count; i++) {
        const struct unloop_line_value *value = &plan->values[i];
        if (value->layout == unloop_line_constant) fill_strip(memory->spread[i], *value->memory);
        if (value->layout == unloop_line_repeated && plan->joins && value->meets_elements) {
            for (int64_t line = 0; line < plan->block; line++) {
                memcpy(memory->spread[i] + line * plan->length, value->memory, (size_t)plan->length * sizeof(uint32_t));
            }
        }
    }
}

// Where a value of elements, or of lines, begins in the block whose first line is `first`.
static uint32_t *block_begin(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t value,
                             int64_t first) {
    uint32_t *place = memory->place[value];
    if (plan->values[value].memory == NULL) return place;
    return place + first * (plan->values[value].layout == unloop_line_elements ? memory->stride[value] : 1);
}

// The line's value; that of its chunks' values where it is longer than a chunk.
static void reduce_line(const struct unloop_cpu_reduce_kernels *kernels, enum unloop_reduction reduction,
                        uint32_t *result, const uint32_t *source, int64_t length) {
    uint32_t values[unloop_line_chunks];
    int64_t chunks = 0;
    for (int64_t begin = 0; begin < length; begin += unloop_reduce_chunk, chunks++) {
        const int64_t rest = length - begin;
        kernels->lines(reduction, values + chunks, source + begin, 0, 1,
                       rest < unloop_reduce_chunk ? rest : unloop_reduce_chunk);
    }
    kernels->lines(reduction, result, values, 0, 1, chunks);
}

static void map_values(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                       int64_t first, int64_t lines) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    struct unloop_map_slot *slots = memory->slots[number];
    for (int32_t i = 0; i < stage->operand_count; i++) {
        const int32_t value = stage->operands[i];
        slots[i] = plan->values[value].layout == unloop_line_constant
                       ? (struct unloop_map_slot){memory->spread[value], 0, false}
                       : (struct unloop_map_slot){block_begin(plan, memory, value, first), SIZE_MAX, false};
    }
    const int32_t result = plan->value_count - plan->stage_count + number;
    slots[slot_count(plan, stage) - 1] =
        (struct unloop_map_slot){block_begin(plan, memory, result, first), SIZE_MAX, false};
    run_map(plan, stage, slots, lines, first);
}

// All elements of the block at once.
static void map_joined(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                       int64_t first, int64_t lines) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    struct unloop_map_slot *slots = memory->slots[number];
    for (int32_t i = 0; i < stage->operand_count; i++) {
        const int32_t value = stage->operands[i];
        uint32_t *spread = memory->spread[value];
        switch (plan->values[value].layout) {
        case unloop_line_elements:
            slots[i] = (struct unloop_map_slot){block_begin(plan, memory, value, first), SIZE_MAX, false};
            break;
        case unloop_line_values:
            if (memory->spread_block[value] != first) {
                spread_values(spread, block_begin(plan, memory, value, first), lines, plan->length);
                memory->spread_block[value] = first;
            }
            slots[i] = (struct unloop_map_slot){spread, SIZE_MAX, false};
            break;
        case unloop_line_repeated:
            slots[i] = (struct unloop_map_slot){spread, SIZE_MAX, false};
            break;
        case unloop_line_constant:
            slots[i] = (struct unloop_map_slot){spread, 0, false};
            break;
        }
    }
    const int32_t result = plan->value_count - plan->stage_count + number;
    uint32_t *target = block_begin(plan, memory, result, first);
    const bool streams = plan->values[result].streams && (uintptr_t)target % 64 == 0;
    slots[slot_count(plan, stage) - 1] = (struct unloop_map_slot){target, SIZE_MAX, streams};
    run_map(plan, stage, slots, lines * plan->length, first * plan->length);
}

// Asks for a part of a line of the next block, so that memory is read while there is something to compute.
static void prefetch(const struct unloop_line_plan *plan, const struct block_memory *memory, int64_t line, int32_t part,
                     int32_t parts) {
    const int64_t begin = plan->length * part / parts, end = plan->length * (part + 1) / parts;
    for (int32_t i = 0; i < plan->value_count - plan->stage_count; i++) {
        if (plan->values[i].layout != unloop_line_elements) continue;
        const uint32_t *place = memory->place[i] + line * memory->stride[i];
        for (int64_t j = begin; j < end; j += 16) __builtin_prefetch(place + j, 0, 2);
    }
}

// Where a map of elements finds its operands in a line of a block.
static void place_operands(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                           int64_t first, int64_t line) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    struct unloop_map_slot *slots = memory->slots[number];
    const bool fills_strips = !is_compiled(plan, stage);
    for (int32_t i = 0; i < stage->operand_count; i++) {
        const int32_t value = stage->operands[i];
        uint32_t *spread = memory->spread[value];
        switch (plan->values[value].layout) {
        case unloop_line_elements:
            slots[i] = (struct unloop_map_slot){block_begin(plan, memory, value, first) + line * memory->stride[value],
                                                SIZE_MAX, false};
            break;
        case unloop_line_values:
            spread_value(spread, block_begin(plan, memory, value, first)[line], fills_strips);
            slots[i] = (struct unloop_map_slot){spread, 0, false};
            break;
        case unloop_line_repeated:
            slots[i] = (struct unloop_map_slot){plan->values[value].memory, SIZE_MAX, false};
            break;
        case unloop_line_constant:
            slots[i] = (struct unloop_map_slot){spread, 0, false};
            break;
        }
    }
}

static void map_line_by_line(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                             int64_t first, int64_t lines, int64_t end) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    struct unloop_map_slot *slots = memory->slots[number], *output = slots + slot_count(plan, stage) - 1;
    const int32_t result = plan->value_count - plan->stage_count + number;
    uint32_t *target = block_begin(plan, memory, result, first);
    for (int64_t line = 0; line < lines; line++) {
        place_operands(plan, memory, number, first, line);
        uint32_t *place = target + line * plan->length;
        const bool streams = plan->values[result].streams && (uintptr_t)place % 64 == 0;
        *output = (struct unloop_map_slot){place, SIZE_MAX, streams};
        if (first + plan->block + line < end) {
            prefetch(plan, memory, first + plan->block + line, stage->part, stage->parts);
        }
        run_map(plan, stage, slots, plan->length, (first + line) * plan->length);
    }
}

// Sums what the map of this number gives for each line.
static void sum_line_by_line(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                             unloop_map_sum_program *sum, uint32_t *target, int64_t first, int64_t lines, int64_t end) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    struct unloop_map_slot *slots = memory->slots[number];
    for (int64_t line = 0; line < lines; line++) {
        place_operands(plan, memory, number, first, line);
        if (first + plan->block + line < end) {
            prefetch(plan, memory, first + plan->block + line, stage->part, stage->parts);
        }
        uint32_t values[unloop_line_chunks];
        int64_t chunks = 0;
        for (int64_t begin = 0; begin < plan->length; begin += unloop_reduce_chunk, chunks++) {
            const int64_t rest = plan->length - begin;
            const int64_t count = rest < unloop_reduce_chunk ? rest : unloop_reduce_chunk;
            values[chunks] = sum(slots, (size_t)count, (uint32_t)((first + line) * plan->length + begin));
            for (int32_t i = 0; i < stage->operand_count; i++) {
                slots[i].memory = (uint32_t *)slots[i].memory + ((size_t)count & slots[i].mask);
            }
        }
        if (chunks == 1) {
            target[line] = values[0];
        } else {
            plan->kernels->reduce.lines(unloop_reduction_sum, target + line, values, 0, 1, chunks);
        }
    }
}

static void reduce(const struct unloop_line_plan *plan, const struct block_memory *memory, int32_t number,
                   int64_t first, int64_t lines, int64_t end) {
    const struct unloop_line_stage *stage = &plan->stages[number];
    const struct unloop_cpu_reduce_kernels *kernels = &plan->kernels->reduce;
    const int32_t inputs = plan->value_count - plan->stage_count, operand = stage->operands[0];
    uint32_t *target = block_begin(plan, memory, inputs + number, first);
    if (operand >= inputs) {
        unloop_map_sum_program *sum = sum_program(plan, &plan->stages[operand - inputs]);
        if (sum) return sum_line_by_line(plan, memory, operand - inputs, sum, target, first, lines, end);
    }
    const bool repeated = plan->values[operand].layout == unloop_line_repeated;
    const uint32_t *source = repeated ? plan->values[operand].memory : block_begin(plan, memory, operand, first);
    const int64_t stride = repeated ? 0 : memory->stride[operand];
    if (plan->length <= unloop_reduce_chunk) {
        kernels->lines(stage->reduction, target, source, stride, lines, plan->length);
        return;
    }
    for (int64_t line = 0; line < lines; line++) {
        reduce_line(kernels, stage->reduction, target + line, source + line * stride, plan->length);
    }
}

size_t unloop_lines_scratch_size(const struct unloop_line_plan *plan) {
    struct block_memory memory;
    return divide(plan, NULL, &memory);
}

void unloop_lines_run(const struct unloop_line_plan *plan, int64_t begin, int64_t end, void *scratch) {
    struct block_memory memory;
    divide(plan, scratch, &memory);
    prepare(plan, &memory);
    for (int64_t first = begin; first < end; first += plan->block) {
        const int64_t lines = end - first < plan->block ? end - first : plan->block;
        for (int32_t number = 0; number < plan->stage_count; number++) {
            const struct unloop_line_stage *stage = &plan->stages[number];
            if (stage->code == NULL) {
                reduce(plan, &memory, number, first, lines, end);
            } else if (sum_program(plan, stage)) {
                // The stage that sums them computes the elements.
                continue;
            } else if (stage->maps_lines) {
                map_values(plan, &memory, number, first, lines);
            } else if (plan->joins) {
                map_joined(plan, &memory, number, first, lines);
            } else {
                map_line_by_line(plan, &memory, number, first, lines, end);
            }
        }
    }
}
