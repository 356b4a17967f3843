// Cuts the elements of a map into blocks and finds, for each block, where its operands lie: in place wherever the
// elements of the block are consecutive, gathered into scratch memory otherwise.
#include "dispatch.h"

#include <string.h>

enum { splat_length = 16 };

void unloop_map_join_axes(struct unloop_map_plan *plan) {
    struct unloop_map_operand *operands = plan->operands;
    const int32_t count = plan->inputs + plan->outputs;
    int32_t joined = 0;
    for (int32_t axis = 0; axis < plan->rank; axis++) {
        const int64_t size = plan->shape[axis];
        if (size == 1) continue;
        bool runs_on = joined > 0;
        for (int32_t i = 0; i < count && runs_on; i++) {
            runs_on = operands[i].strides[joined - 1] == operands[i].strides[axis] * size;
        }
        if (!runs_on) plan->shape[joined++] = 1;
        plan->shape[joined - 1] *= size;
        for (int32_t i = 0; i < count; i++) operands[i].strides[joined - 1] = operands[i].strides[axis];
    }
    plan->rank = joined;
}

// How an operand's elements lie with respect to row-major order.
enum layout {
    // One element for all.
    layout_constant,
    // Consecutive.
    layout_contiguous,
    // Within one row: consecutive, or one element for the whole row. Only where blocks are parts of rows.
    layout_row,
    layout_row_constant,
    // Anything else.
    layout_strided,
};

// Rows (runs along the last axis) of at least this length are worked on one at a time, so that their operands need
// no gathering.
enum { long_row = 256 };

static bool rows_are_long(const struct unloop_map_plan *plan) {
    return plan->rank > 1 && plan->shape[plan->rank - 1] >= long_row;
}

static enum layout layout_of(const struct unloop_map_plan *plan, const struct unloop_map_operand *operand,
                             bool by_rows) {
    bool constant = true, contiguous = true;
    int64_t expected = 1;
    for (int32_t axis = plan->rank - 1; axis >= 0; axis--) {
        constant = constant && operand->strides[axis] == 0;
        contiguous = contiguous && operand->strides[axis] == expected;
        expected *= plan->shape[axis];
    }
    if (contiguous) return layout_contiguous;
    if (constant) return layout_constant;
    if (by_rows && operand->strides[plan->rank - 1] == 1) return layout_row;
    if (by_rows && operand->strides[plan->rank - 1] == 0) return layout_row_constant;
    return layout_strided;
}

// After how many elements the operand repeats: the size of the axes after the leading ones of stride 0.
static int64_t period_of(const struct unloop_map_plan *plan, const struct unloop_map_operand *operand) {
    int32_t axis = 0;
    while (axis < plan->rank && operand->strides[axis] == 0) axis++;
    int64_t period = 1;
    for (; axis < plan->rank; axis++) period *= plan->shape[axis];
    return period;
}

static size_t slot_count(const struct unloop_map_plan *plan) {
    return (size_t)(plan->inputs + plan->constants + plan->temporaries + plan->outputs);
}

static size_t round_up(size_t value, size_t unit) { return (value + unit - 1) / unit * unit; }

// Bytes of one block in scratch memory.
static size_t block_size(const struct unloop_map_plan *plan) {
    return round_up((size_t)plan->block * sizeof(uint32_t), 64);
}

int64_t unloop_map_block(const struct unloop_map_plan *plan, int64_t limit) {
    const bool by_rows = rows_are_long(plan);
    int64_t longest = 1;
    for (int32_t i = 0; i < plan->inputs && !by_rows; i++) {
        if (layout_of(plan, &plan->operands[i], by_rows) != layout_strided) continue;
        const int64_t period = period_of(plan, &plan->operands[i]);
        if (period > longest && period <= limit) longest = period;
    }
    return limit / longest * longest;
}

size_t unloop_map_scratch_size(const struct unloop_map_plan *plan) {
    size_t slots = round_up(slot_count(plan) * sizeof(struct unloop_map_slot), 64);
    size_t splats = (size_t)(plan->inputs + plan->constants) * splat_length * sizeof(uint32_t);
    size_t blocks = (size_t)(plan->inputs + plan->temporaries + plan->outputs) * block_size(plan);
    size_t kept = round_up((size_t)(plan->inputs + plan->outputs), 64) + round_up(2 * (size_t)plan->inputs * 8, 64);
    return slots + splats + blocks + kept;
}

static void fill_splat(struct unloop_map_slot *slot, uint32_t *splat, uint32_t value) {
    for (int i = 0; i < splat_length; i++) splat[i] = value;
    slot->memory = splat;
    slot->mask = 0;
}

// `destination`, unless it is NULL, takes the place of the only output.
static void run_range(const struct unloop_map_plan *plan, int64_t begin, int64_t end, void *scratch,
                      uint32_t *destination) {
    if (begin >= end) return;
    const int32_t inputs = plan->inputs, outputs = plan->outputs, rank = plan->rank;
    const size_t block_bytes = block_size(plan);
    const bool by_rows = rows_are_long(plan);

    char *next = scratch;
    struct unloop_map_slot *slots = (struct unloop_map_slot *)next;
    next += round_up(slot_count(plan) * sizeof *slots, 64);
    uint32_t *splats = (uint32_t *)next;
    next += (size_t)(inputs + plan->constants) * splat_length * sizeof(uint32_t);
    char *blocks = next;
    next += (size_t)(inputs + plan->temporaries + outputs) * block_bytes;
    uint8_t *layouts = (uint8_t *)next;
    next += round_up((size_t)(inputs + outputs), 64);
    // The period of each input, and the phase that its gathered block was gathered at.
    int64_t *periods = (int64_t *)next, *phases = periods + inputs;

    struct unloop_map_slot *constant_slots = slots + inputs, *temporary_slots = constant_slots + plan->constants;
    struct unloop_map_slot *output_slots = temporary_slots + plan->temporaries;
    char *temporary_blocks = blocks + (size_t)inputs * block_bytes;
    char *output_blocks = temporary_blocks + (size_t)plan->temporaries * block_bytes;
    for (int32_t i = 0; i < plan->constants; i++) {
        fill_splat(&constant_slots[i], splats + (inputs + i) * splat_length, plan->constant_bits[i]);
    }
    for (int32_t i = 0; i < plan->temporaries; i++) {
        temporary_slots[i] = (struct unloop_map_slot){temporary_blocks + (size_t)i * block_bytes, SIZE_MAX};
    }
    bool needs_coordinates = false;
    for (int32_t i = 0; i < inputs + outputs; i++) {
        const bool replaced = i == inputs && destination != NULL;
        layouts[i] = (uint8_t)(replaced ? layout_contiguous : layout_of(plan, &plan->operands[i], by_rows));
        needs_coordinates = needs_coordinates || (layouts[i] != layout_constant && layouts[i] != layout_contiguous);
    }
    for (int32_t i = 0; i < inputs; i++) {
        if (layouts[i] == layout_constant) {
            fill_splat(&slots[i], splats + i * splat_length, *(const uint32_t *)plan->operands[i].base);
        }
        periods[i] = layouts[i] == layout_strided ? period_of(plan, &plan->operands[i]) : 0;
        phases[i] = -1;
    }

    int64_t position[unloop_map_rank] = {0};
    for (int64_t done = begin; done < end;) {
        int64_t count = end - done < plan->block ? end - done : plan->block;
        if (needs_coordinates) {
            int64_t rest = done;
            for (int32_t axis = rank - 1; axis >= 0; axis--) {
                position[axis] = rest % plan->shape[axis];
                rest /= plan->shape[axis];
            }
            if (by_rows) {
                int64_t row_rest = plan->shape[rank - 1] - position[rank - 1];
                if (count > row_rest) count = row_rest;
            }
        }
        for (int32_t i = 0; i < inputs + outputs; i++) {
            const struct unloop_map_operand *operand = &plan->operands[i];
            const bool is_input = i < inputs;
            struct unloop_map_slot *slot = is_input ? &slots[i] : &output_slots[i - inputs];
            uint32_t *block = (uint32_t *)(is_input ? blocks + (size_t)i * block_bytes
                                                    : output_blocks + (size_t)(i - inputs) * block_bytes);
            int64_t offset = 0;
            if (layouts[i] == layout_contiguous) {
                offset = done;
            } else if (needs_coordinates) {
                for (int32_t axis = 0; axis < rank; axis++) offset += position[axis] * operand->strides[axis];
            }
            uint32_t *place = (uint32_t *)operand->base + offset;
            slot->mask = SIZE_MAX;
            if (!is_input && destination != NULL) {
                slot->memory = destination + (done - begin);
                continue;
            }
            if (!is_input) {
                const bool direct = layouts[i] == layout_contiguous || layouts[i] == layout_row;
                slot->memory = direct && !plan->deferred && !plan->streaming ? place : block;
                continue;
            }
            switch ((enum layout)layouts[i]) {
            case layout_constant:
                slot->mask = 0;
                break;
            case layout_contiguous:
            case layout_row:
                slot->memory = place;
                break;
            case layout_row_constant:
                fill_splat(slot, splats + i * splat_length, *place);
                break;
            case layout_strided: {
                slot->memory = block;
                const int64_t phase = done % periods[i];
                if (phase != phases[i]) {
                    unloop_gather_elements(block, operand->base, rank, plan->shape, operand->strides, position, count);
                    // Only whole periods serve the next block as well.
                    phases[i] = count == plan->block && count % periods[i] == 0 ? phase : -1;
                }
                break;
            }
            }
        }
        plan->kernels->map.run(plan->code, plan->instruction_count, slots, (size_t)count, (uint32_t)done);
        for (int32_t i = 0; i < outputs && destination == NULL; i++) {
            const struct unloop_map_operand *operand = &plan->operands[inputs + i];
            const enum layout layout = (enum layout)layouts[inputs + i];
            const uint32_t *computed = output_slots[i].memory;
            if ((const char *)computed != output_blocks + (size_t)i * block_bytes) continue;
            if (layout == layout_contiguous || layout == layout_row) {
                int64_t offset = layout == layout_contiguous ? done : 0;
                for (int32_t axis = 0; layout == layout_row && axis < rank; axis++) {
                    offset += position[axis] * operand->strides[axis];
                }
                uint32_t *place = (uint32_t *)operand->base + offset;
                if (plan->streaming) {
                    plan->kernels->copy.stream((float *)place, (const float *)computed, (size_t)count);
                } else {
                    memcpy(place, computed, (size_t)count * sizeof *place);
                }
            } else {
                unloop_scatter_elements(operand->base, computed, rank, plan->shape, operand->strides, position, count);
            }
        }
        done += count;
    }
}

void unloop_map_range(const struct unloop_map_plan *plan, int64_t begin, int64_t end, void *scratch) {
    run_range(plan, begin, end, scratch, NULL);
}

void unloop_map_evaluate(const struct unloop_map_plan *plan, int64_t begin, int64_t end, void *scratch,
                         uint32_t *destination) {
    run_range(plan, begin, end, scratch, destination);
}
