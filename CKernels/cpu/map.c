// Finds where the operands of a map lie: in place wherever elements are consecutive, over all elements or row by row;
// gathered into scratch memory, block by block, otherwise.
#include "dispatch.h"
#include "strips.h"

#include <string.h>

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
enum { long_row = 128 };

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
    size_t strips = (size_t)(plan->inputs + plan->constants + plan->temporaries) * strip_size;
    size_t blocks = (size_t)(plan->inputs + plan->outputs) * block_size(plan);
    size_t kept = round_up((size_t)(plan->inputs + plan->outputs), 64) + round_up(2 * (size_t)plan->inputs * 8, 64);
    return slots + strips + blocks + kept;
}

// Where the element at a position lies.
static int64_t offset_of(const struct unloop_map_plan *plan, const struct unloop_map_operand *operand,
                         const int64_t *position) {
    int64_t offset = 0;
    for (int32_t axis = 0; axis < plan->rank; axis++) offset += position[axis] * operand->strides[axis];
    return offset;
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
    char *strips = next;
    next += (size_t)(inputs + plan->constants + plan->temporaries) * strip_size;
    char *blocks = next;
    next += (size_t)(inputs + outputs) * block_bytes;
    uint8_t *layouts = (uint8_t *)next;
    next += round_up((size_t)(inputs + outputs), 64);
    // The period of each input, and the phase that its gathered block was gathered at.
    int64_t *periods = (int64_t *)next, *phases = periods + inputs;

    // Slots, and strips for all but the outputs, are in the same order: inputs, constants, temporaries, outputs.
    for (int32_t i = 0; i < plan->constants + plan->temporaries; i++) {
        uint32_t *strip = (uint32_t *)(strips + (size_t)(inputs + i) * strip_size);
        if (i < plan->constants && plan->compiled != NULL) {
            // The one element that a compiled program reads.
            strip[0] = plan->constant_bits[i];
        } else if (i < plan->constants) {
            fill_strip(strip, plan->constant_bits[i]);
        }
        slots[inputs + i] = (struct unloop_map_slot){strip, 0, false};
    }
    bool needs_coordinates = false, needs_blocks = false;
    for (int32_t i = 0; i < inputs + outputs; i++) {
        const bool replaced = i == inputs && destination != NULL;
        const enum layout layout = replaced ? layout_contiguous : layout_of(plan, &plan->operands[i], by_rows);
        layouts[i] = (uint8_t)layout;
        needs_coordinates = needs_coordinates || (layout != layout_constant && layout != layout_contiguous);
        needs_blocks = needs_blocks || layout == layout_strided || (i >= inputs && layout == layout_constant) ||
                       (i >= inputs && plan->deferred && !replaced);
        if (i >= inputs) continue;
        if (layout == layout_constant) {
            uint32_t *strip = (uint32_t *)(strips + (size_t)i * strip_size);
            fill_strip(strip, *(const uint32_t *)plan->operands[i].base);
            slots[i] = (struct unloop_map_slot){strip, 0, false};
        }
        periods[i] = layout == layout_strided ? period_of(plan, &plan->operands[i]) : 0;
        phases[i] = -1;
    }

    struct unloop_map_slot *output_slots = slots + inputs + plan->constants + plan->temporaries;
    int64_t position[unloop_map_rank] = {0};
    for (int64_t done = begin; done < end;) {
        int64_t count = end - done;
        if (needs_blocks && count > plan->block) count = plan->block;
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
        for (int32_t i = 0; i < inputs; i++) {
            const struct unloop_map_operand *operand = &plan->operands[i];
            uint32_t *base = operand->base;
            switch ((enum layout)layouts[i]) {
            case layout_constant:
                break;
            case layout_contiguous:
                slots[i] = (struct unloop_map_slot){base + done, SIZE_MAX, false};
                break;
            case layout_row:
                slots[i] = (struct unloop_map_slot){base + offset_of(plan, operand, position), SIZE_MAX, false};
                break;
            case layout_row_constant: {
                uint32_t *strip = (uint32_t *)(strips + (size_t)i * strip_size);
                fill_strip(strip, base[offset_of(plan, operand, position)]);
                slots[i] = (struct unloop_map_slot){strip, 0, false};
                break;
            }
            case layout_strided: {
                uint32_t *block = (uint32_t *)(blocks + (size_t)i * block_bytes);
                slots[i] = (struct unloop_map_slot){block, SIZE_MAX, false};
                const int64_t phase = done % periods[i];
                if (phase != phases[i]) {
                    unloop_gather_elements(block, base, rank, plan->shape, operand->strides, position, count);
                    // Only whole periods serve the next block as well.
                    phases[i] = count == plan->block && count % periods[i] == 0 ? phase : -1;
                }
                break;
            }
            }
        }
        for (int32_t i = 0; i < outputs; i++) {
            const struct unloop_map_operand *operand = &plan->operands[inputs + i];
            uint32_t *block = (uint32_t *)(blocks + (size_t)(inputs + i) * block_bytes), *place = block;
            bool streams = false;
            const enum layout layout = (enum layout)layouts[inputs + i];
            if (destination != NULL) {
                place = destination + (done - begin);
            } else if (!plan->deferred && (layout == layout_contiguous || layout == layout_row)) {
                const int64_t offset = layout == layout_contiguous ? done : offset_of(plan, operand, position);
                place = (uint32_t *)operand->base + offset;
                streams = plan->streaming && (uintptr_t)place % 64 == 0;
            }
            output_slots[i] = (struct unloop_map_slot){place, SIZE_MAX, streams};
        }
        if (plan->compiled != NULL) {
            plan->compiled(slots, (size_t)count, (uint32_t)done);
        } else {
            plan->kernels->map.run(plan->code, slots, (size_t)count, (uint32_t)done);
        }
        for (int32_t i = 0; i < outputs; i++) {
            const struct unloop_map_operand *operand = &plan->operands[inputs + i];
            const uint32_t *block = (const uint32_t *)(blocks + (size_t)(inputs + i) * block_bytes);
            if (output_slots[i].memory != (const void *)block) continue;
            if (layouts[inputs + i] == layout_contiguous) {
                memcpy((uint32_t *)operand->base + done, block, (size_t)count * sizeof *block);
            } else {
                unloop_scatter_elements(operand->base, block, rank, plan->shape, operand->strides, position, count);
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
