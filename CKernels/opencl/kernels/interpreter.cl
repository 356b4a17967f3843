// Runs scalar programs that are given as data, for devices that are CPUs: maps, and sums, products, maxima, minima and
// the positions of these along the middle axis of [outer, length, inner], in the order of Numerics.md.
//
// One program for all of them, because such devices take longer to compile a kernel than to run a small one many times.
// It is written for blocks of BLOCK elements, so that choosing the operation costs little beside doing it.
//
//   memory   [SLOTS][BLOCK] values of the program, then [CONSTANTS][16] values that are the same for all elements
//   code     four sections: once for each work-item (constants), before a task (where sums start), for each block of
//            elements, after a task (the lanes of a sum become one)
//   p0 …     the inputs, then the outputs; all are read and written as bits, whatever their type
//
// A task is a part of the columns of some rows. Where rows are short, a block takes several, one after the other.
//   map      a task writes its outputs; outer = 1, length = rows
//   along    a task is a chunk of one row; its 64 lanes are added up, in memory, by instructions that fold
//   across   a task is a block of rows of one outer index, at most BLOCK columns wide; rows are folded into one
//
// Parameters: BLOCK, SLOTS, CONSTANTS, OPERANDS (pointers), OPERATION_name for each operation.
// global (tasks / tasks_per_item)

typedef struct {
    int operation;
    // Where in memory; the operand of an instruction plus CONSTANT_FLAG is the same for all lanes.
    int result;
    int operands[5];
    int payload;
    // Lanes to compute; 0 is as many as the block has.
    int lanes;
    // Folds: memory[result] = operation(memory[result], each group of memory[operands[1]]). Those that look for a
    // position keep it in memory[operands[2]].
    int folds;
} Instruction;

// Like struct unloop_interpreter_layout of CUnloopOpenCL.h.
typedef struct {
    // For each input, each output, and the position of the element in row-major order.
    long offset[OPERANDS + 1];
    int column_stride[OPERANDS + 1];
    int row_stride[(OPERANDS + 1) * 7];
    int extent[7];
    int axes;
    int inputs, outputs;
    // Where an input, or the position if it is used (else -1), and the outputs lie in memory.
    int position_slot;
    int output_slot[OPERANDS];
    int section[5];
    uint columns, columns_per_task, column_tasks;
    uint length, rows_per_task, row_tasks;
    uint tasks, tasks_per_item;
    // Lanes of a sum along rows; 0 for sums across rows and maps.
    uint period;
    // Whether there is one output for each task, and whether the first row is taken as it is.
    int reduces, takes_first;
    // What a sum starts with.
    int start;
    float scalars[16];
} InterpreterLayout;

#define CONSTANT_FLAG 0x10000
#define POINTERS                                                                                                       \
    global float *p0, global float *p1, global float *p2, global float *p3, global float *p4, global float *p5,        \
        global float *p6, global float *p7, global float *p8, global float *p9, global float *p10, global float *p11

static inline global float *operand(uint number, POINTERS) {
    global float *pointers[OPERANDS] = {p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11};
    return pointers[number];
}
#define OPERAND(number) operand(number, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11)

// Where the row begins in each operand from `first` to before `end`.
static inline void find_row(const InterpreterLayout *layout, uint row, int first, int end, long *base) {
    for (int number = first; number < end; ++number) base[number] = layout->offset[number];
    for (int axis = 0; axis < layout->axes; ++axis) {
        const uint extent = layout->extent[axis];
        const uint coordinate = row % extent;
        row /= extent;
        for (int number = first; number < end; ++number)
            base[number] += (long)coordinate * layout->row_stride[number * 7 + axis];
    }
}

// Vectors at any element. Some drivers' vload16 and vstore16 move them in four parts.
typedef float16 Vector __attribute__((aligned(4)));
#define LOAD(p) (*(const Vector *)(p))
#define STORE(value, p) (*(Vector *)(p) = (value))
#define LOAD_GLOBAL(p) (*(const global Vector *)(p))
#define STORE_GLOBAL(value, p) (*(global Vector *)(p) = (value))

#define NO_UNROLL __attribute__((opencl_unroll_hint(1)))

static inline void fetch(float *target, const global float *source, int stride, int count) {
    int lane = 0;
    if (stride == 1) NO_UNROLL for (; lane + 16 <= count; lane += 16) STORE(LOAD_GLOBAL(source + lane), target + lane);
    NO_UNROLL for (; lane < count; ++lane) target[lane] = source[(long)lane * stride];
}

static inline void put(global float *target, const float *source, int stride, int count) {
    int lane = 0;
    if (stride == 1) NO_UNROLL for (; lane + 16 <= count; lane += 16) STORE_GLOBAL(LOAD(source + lane), target + lane);
    NO_UNROLL for (; lane < count; ++lane) target[(long)lane * stride] = source[lane];
}

#define IOTA ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LANES(number) LOAD(memory + place[number] + (lane & mask[number]))
#define A LANES(0)
#define B LANES(1)
#define C LANES(2)
#define I(value) as_int16(value)
#define F(value) as_float16(value)
// Whether x comes before a value that was found earlier; NaN comes before every number.
#define BETTER_REAL(x, found) (((x) > (found)) | (((x) != (x)) & ((found) == (found))))
#define BETTER_INTEGER(x, found) (I(x) > I(found))
// The first of the best values of each lane and its position; -1 is none.
#define CASE_INDEX(name, BETTER)                                                                                       \
    case OPERATION_##name:                                                                                             \
        NO_UNROLL for (int lane = 0; lane < lanes; lane += 16) {                                                       \
            const int16 at = (int16)(lane) + IOTA;                                                                     \
            const int16 found = I(C);                                                                                  \
            const int16 takes = ((found < 0) | BETTER(B, A)) & (at < lanes);                                           \
            const int16 position = first_position + at * position_step;                                                \
            STORE(select(A, B, takes), memory + in.result + lane);                                                     \
            STORE(F(select(found, position, takes)), memory + place[2] + lane);                                        \
        }                                                                                                              \
        break;
// The better of two values (operands 0 and 1) at two positions (operands 2 and 3); of equals the first.
#define CASE_JOIN(name, BETTER)                                                                                        \
    case OPERATION_##name:                                                                                             \
        NO_UNROLL for (int lane = 0; lane < lanes; lane += 16) {                                                       \
            const int16 found = I(C), other = I(LANES(3));                                                             \
            const int16 is_better = (found < 0) | BETTER(B, A) | (~BETTER(A, B) & (other < found));                    \
            const int16 takes = (other >= 0) & is_better;                                                              \
            STORE(select(A, B, takes), memory + in.result + lane);                                                     \
            STORE(F(select(found, other, takes)), memory + place[2] + lane);                                           \
        }                                                                                                              \
        break;
#define CASE(name, value)                                                                                              \
    case OPERATION_##name:                                                                                             \
        NO_UNROLL for (int lane = 0; lane < lanes; lane += 16) STORE(value, memory + in.result + lane);                \
        break;

// Runs tasks `first_task` to before `end_task`. Not inlined, because some drivers compile what a kernel consists of
// several times over, once for each way of starting it.
static __attribute__((noinline)) void run_tasks(const uint first_task, const uint end_task,
                                                const global Instruction *code, POINTERS,
                                                const InterpreterLayout *layout) {
    // Folds read a vector beyond a row.
    float memory[SLOTS * BLOCK + CONSTANTS * 16 + 16];
    long base[OPERANDS + 1];
    const int operands = layout->inputs + layout->outputs;
    int section = 0;
    for (uint task = first_task; task < end_task; ++task) {
        const uint row_task = task / layout->column_tasks;
        const uint outer = row_task / layout->row_tasks;
        const uint first_row = row_task % layout->row_tasks * layout->rows_per_task;
        const uint end_row = min(layout->length, first_row + layout->rows_per_task);
        const uint first_column = task % layout->column_tasks * layout->columns_per_task;
        const uint end_column = min(layout->columns, first_column + layout->columns_per_task);
        const uint width = end_column - first_column;
        const uint rows_of_block = max((uint)BLOCK / width, 1u);
        const uint period = layout->period > 0 ? layout->period : width;
        uint row = first_row;
        uint column = first_column;
        // One loop for all sections, so that there is one copy of the operations.
        for (bool is_done = false; !is_done;) {
            const uint rows = min(rows_of_block, end_row - row);
            const int across = (int)min(end_column - column, (uint)BLOCK);
            const int filled = section == 2 ? across * (int)rows : BLOCK;
            if (section == 2) {
                for (uint line = 0; line < rows; ++line) {
                    find_row(layout, outer * layout->length + row + line, 0, operands + 1, base);
                    for (int number = 0; number < layout->inputs; ++number) {
                        const int stride = layout->column_stride[number];
                        fetch(memory + number * BLOCK + line * across,
                              OPERAND(number) + base[number] + (long)column * stride, stride, across);
                    }
                    if (layout->position_slot >= 0) {
                        const uint stride = layout->column_stride[operands];
                        const uint start = (uint)base[operands] + column * stride;
                        for (int lane = 0; lane < across; ++lane)
                            memory[layout->position_slot + line * across + lane] = as_float(start + lane * stride);
                    }
                }
                // Operations compute whole vectors.
                for (int number = 0; number < layout->inputs; ++number)
                    for (int lane = filled; lane % 16 != 0; ++lane) memory[number * BLOCK + lane] = 0.0f;
                if (layout->position_slot >= 0)
                    for (int lane = filled; lane % 16 != 0; ++lane) memory[layout->position_slot + lane] = 0.0f;
            }
            for (int at = layout->section[section]; at < layout->section[section + 1]; ++at) {
                const Instruction in = code[at];
                int place[5], mask[5];
                for (int number = 0; number < 5; ++number) {
                    place[number] = in.operands[number] & (CONSTANT_FLAG - 1);
                    mask[number] = in.operands[number] & CONSTANT_FLAG ? 0 : -1;
                }
                uint groups = 1;
                int lanes = in.lanes > 0 ? in.lanes : filled;
                if (in.folds) {
                    groups = (filled + period - 1) / period;
                    if (layout->period > 0)
                        for (int lane = filled; lane % 16 != 0; ++lane)
                            memory[place[1] + lane] = as_float(layout->start);
                }
                for (uint group = 0; group < groups; ++group) {
                    int operation = in.operation;
                    // Of the group's lanes in the axis that is reduced.
                    const bool is_along = layout->period > 0;
                    const int first_position = (int)(is_along ? column + group * period : row + group);
                    const int position_step = is_along ? 1 : 0;
                    if (in.folds) {
                        lanes = min((int)period, filled - (int)(group * period));
                        // The first row is taken as it is.
                        const bool takes = layout->takes_first && row + group == first_row;
                        place[0] = takes ? place[1] : in.operands[0];
                        operation = takes ? OPERATION_copy : in.operation;
                    }
                    switch (operation) {
                        CASE(copy, A)
                        CASE(negate, unloop_negate(A))
                        CASE(absolute, unloop_absolute(A))
                        CASE(add, unloop_add(A, B))
                        CASE(subtract, unloop_subtract(A, B))
                        CASE(multiply, unloop_multiply(A, B))
                        CASE(divide, unloop_divide(A, B))
                        CASE(square_root, unloop_square_root(A))
                        CASE(fused_multiply_add, unloop_fused_multiply_add(A, B, C))
                        CASE(minimum, unloop_minimum(A, B))
                        CASE(maximum, unloop_maximum(A, B))
                        CASE(floor, unloop_floor(A))
                        CASE(ceiling, unloop_ceiling(A))
                        CASE(round, unloop_round(A))
                        CASE(exp, unloop_exp(A))
                        CASE(expm1, unloop_expm1(A))
                        CASE(log, unloop_log(A))
                        CASE(log1p, unloop_log1p(A))
                        CASE(tanh, unloop_tanh(A))
                        CASE(sigmoid, unloop_sigmoid(A))
                        CASE(erf, unloop_erf(A))
                        CASE(normal_distribution, unloop_normal_distribution(A))
                        CASE(sin, unloop_sin(A))
                        CASE(cos, unloop_cos(A))
                        CASE(power, unloop_power(A, B))
                        CASE(random_bits,
                             F(unloop_random_bits(I(A), (int16)(in.payload), I(B), I(C), I(LANES(3)), I(LANES(4)))))
                        CASE(equal, F(unloop_equal(A, B)))
                        CASE(not_equal, F(unloop_not_equal(A, B)))
                        CASE(less, F(unloop_less(A, B)))
                        CASE(less_or_equal, F(unloop_less_or_equal(A, B)))
                        CASE(select, unloop_select(I(A), B, C))
                        CASE(integer_select, F(unloop_integer_select(I(A), I(B), I(C))))
                        CASE(integer_add, F(unloop_integer_add(I(A), I(B))))
                        CASE(integer_subtract, F(unloop_integer_subtract(I(A), I(B))))
                        CASE(integer_multiply, F(unloop_integer_multiply(I(A), I(B))))
                        CASE(integer_and, F(unloop_integer_and(I(A), I(B))))
                        CASE(integer_or, F(unloop_integer_or(I(A), I(B))))
                        CASE(integer_xor, F(unloop_integer_xor(I(A), I(B))))
                        CASE(integer_shift_left, F(unloop_integer_shift_left(I(A), I(B))))
                        CASE(integer_shift_right, F(unloop_integer_shift_right(I(A), I(B))))
                        CASE(integer_equal, F(unloop_integer_equal(I(A), I(B))))
                        CASE(integer_less, F(unloop_integer_less(I(A), I(B))))
                        CASE(real_from_integer, unloop_real_from_integer(I(A)))
                        CASE(integer_from_real, F(unloop_integer_from_real(A)))
                        // For reductions.
                        CASE(integer_minimum, F(min(I(A), I(B))))
                        CASE(integer_maximum, F(max(I(A), I(B))))
                        CASE(integer_complement, F(~I(A)))
                        CASE_INDEX(index_of_best, BETTER_REAL)
                        CASE_INDEX(integer_index_of_best, BETTER_INTEGER)
                        CASE_JOIN(join_best, BETTER_REAL)
                        CASE_JOIN(integer_join_best, BETTER_INTEGER)
                        CASE(broadcast, (float16)(as_float(in.payload)))
                        CASE(scalar, (float16)(layout->scalars[in.payload]))
                    }
                    if (in.folds) place[1] += period;
                }
            }
            if (section < 2) {
                ++section;
            } else if (section == 3) {
                is_done = true;
            } else {
                if (!layout->reduces) {
                    for (uint line = 0; line < rows; ++line) {
                        find_row(layout, outer * layout->length + row + line, layout->inputs, operands, base);
                        for (int number = 0; number < layout->outputs; ++number) {
                            const int stride = layout->column_stride[layout->inputs + number];
                            put(OPERAND(layout->inputs + number) + base[layout->inputs + number] +
                                    (long)column * stride,
                                memory + layout->output_slot[number] + line * across, stride, across);
                        }
                    }
                }
                column += across;
                if (column == end_column) {
                    column = first_column;
                    row += rows;
                    if (row == end_row) section = 3;
                }
            }
        }
        if (layout->reduces) {
            const ulong place = layout->period > 0 ? task : (ulong)row_task * layout->columns + first_column;
            put(OPERAND(layout->inputs) + layout->offset[layout->inputs] + place, memory + layout->output_slot[0], 1,
                layout->period > 0 ? 1 : (int)width);
        }
        section = 1;
    }
}

__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void unloop_interpret(const global Instruction *code, POINTERS,
                                                                              const InterpreterLayout layout) {
    const uint first_task = (uint)get_global_id(0) * layout.tasks_per_item;
    run_tasks(first_task, min(layout.tasks, first_task + layout.tasks_per_item), code, p0, p1, p2, p3, p4, p5, p6, p7,
              p8, p9, p10, p11, &layout);
}
