// Prints for each kernel of the CPU backend a hash of what it computes with one instruction set, whose name is the
// argument. Every instruction set of every processor must print the same lines; that they are right is what the tests
// say of the sets that they run. `scripts/check-arm` compares 64-bit ARM, emulated, with this machine.
//
// Not covered, because their arguments depend on the width of vectors: the packing of panels and strips by themselves
// (`run` does both) and `measure`.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CUnloopCPU.h"

static const struct unloop_cpu_kernels *kernels;

// MARK: Data and hashes

static uint64_t state;

static uint32_t random_word(void) {
    // SplitMix64 (Steele, Lea, Flood 2014).
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static void *memory(size_t count) {
    void *result = aligned_alloc(64, (count * 4 + 127) / 64 * 64);
    if (result == NULL) abort();
    memset(result, 0x5a, count * 4);
    return result;
}

// Reals of moderate size.
static float *reals(size_t count, uint64_t seed) {
    float *result = memory(count);
    state = seed;
    for (size_t i = 0; i < count; i++) result[i] = (float)(int32_t)random_word() / 1e9f;
    return result;
}

// Reals of any size, special ones, and some that are equal in all arrays.
static float *any_reals(size_t count, uint64_t seed) {
    static const float special[] = {0,           -0.0f,          1,         -1,         0.5f, 1.0f / 0.0f, -1.0f / 0.0f,
                                    0.0f / 0.0f, 0x1p-149,       -0x1p-126, 0x1.8p-130, 2.5f, -3.5f,       100,
                                    -0x1p31f,    0x1.fffffep127f};
    const size_t specials = sizeof special / sizeof *special;
    uint32_t *result = memory(count);
    state = seed;
    for (size_t i = 0; i < count; i++) {
        const uint32_t word = random_word();
        const float equal = special[i * 5 % specials], own = special[word % specials];
        switch (i % 4) {
        case 0:
            result[i] = word;
            break;
        case 1:
            memcpy(&result[i], i % 8 == 1 ? &equal : &own, 4);
            break;
        default:
            result[i] = (word & 0x80ffffff) | ((112 + (word >> 24) % 24) << 23);
        }
    }
    return (float *)result;
}

// FNV-1a over 32-bit words; every NaN of reals counts as the same.
static void show(const char *name, const void *values, size_t count, bool are_reals) {
    uint64_t hash = 0xcbf29ce484222325;
    const uint32_t *words = values;
    for (size_t i = 0; i < count; i++) {
        const bool is_nan = (words[i] & 0x7fffffff) > 0x7f800000;
        hash = (hash ^ (are_reals && is_nan ? 0x7fc00000 : words[i])) * 0x100000001b3;
    }
    printf("%s %016" PRIx64 "\n", name, hash);
}

// MARK: Scalar programs

// Which operands an instruction has: `operands` reals, or integers, in its first `integers` places.
static const struct {
    enum unloop_map_operation operation;
    int operands, integers;
    bool gives_integers;
} instructions[] = {
    {unloop_map_negate, 1, 0, 0},
    {unloop_map_absolute, 1, 0, 0},
    {unloop_map_add, 2, 0, 0},
    {unloop_map_subtract, 2, 0, 0},
    {unloop_map_multiply, 2, 0, 0},
    {unloop_map_divide, 2, 0, 0},
    {unloop_map_square_root, 1, 0, 0},
    {unloop_map_fused_multiply_add, 3, 0, 0},
    {unloop_map_minimum, 2, 0, 0},
    {unloop_map_maximum, 2, 0, 0},
    {unloop_map_floor, 1, 0, 0},
    {unloop_map_ceiling, 1, 0, 0},
    {unloop_map_round, 1, 0, 0},
    {unloop_map_exp, 1, 0, 0},
    {unloop_map_expm1, 1, 0, 0},
    {unloop_map_log, 1, 0, 0},
    {unloop_map_log1p, 1, 0, 0},
    {unloop_map_tanh, 1, 0, 0},
    {unloop_map_sigmoid, 1, 0, 0},
    {unloop_map_erf, 1, 0, 0},
    {unloop_map_normal_distribution, 1, 0, 0},
    {unloop_map_sin, 1, 0, 0},
    {unloop_map_cos, 1, 0, 0},
    {unloop_map_power, 2, 0, 0},
    {unloop_map_equal, 2, 0, 1},
    {unloop_map_not_equal, 2, 0, 1},
    {unloop_map_less, 2, 0, 1},
    {unloop_map_less_or_equal, 2, 0, 1},
    {unloop_map_select, 3, 1, 0},
    {unloop_map_integer_select, 3, 3, 1},
    {unloop_map_integer_add, 2, 2, 1},
    {unloop_map_integer_subtract, 2, 2, 1},
    {unloop_map_integer_multiply, 2, 2, 1},
    {unloop_map_integer_and, 2, 2, 1},
    {unloop_map_integer_or, 2, 2, 1},
    {unloop_map_integer_xor, 2, 2, 1},
    {unloop_map_integer_shift_left, 2, 2, 1},
    {unloop_map_integer_shift_right, 2, 2, 1},
    {unloop_map_integer_equal, 2, 2, 1},
    {unloop_map_integer_less, 2, 2, 1},
    {unloop_map_real_from_integer, 1, 1, 0},
    {unloop_map_integer_from_real, 1, 0, 1},
};
// The moves, the end and the two that have no arrays for operands are not in the table.
_Static_assert(sizeof instructions / sizeof *instructions + 5 == unloop_map_operation_count,
               "instructions are missing");

static void map_cases(void) {
    const size_t count = 20011;
    float *arrays[3] = {any_reals(count, 1), any_reals(count, 2), any_reals(count, 3)};
    int32_t *numbers[3] = {memory(count), memory(count), memory(count)};
    for (int i = 0; i < 3; i++) {
        // Small ones among them, zeros too, so that conditions are false.
        for (size_t j = 0; j < count; j++) numbers[i][j] = (int32_t)(j % 3 ? random_word() : random_word() % 4);
    }
    uint32_t *result = memory(count);
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        const int operands = instructions[i].operands;
        struct unloop_map_slot slots[4];
        for (int o = 0; o < operands; o++) {
            void *array = o < instructions[i].integers ? (void *)numbers[o] : (void *)arrays[o];
            slots[o] = (struct unloop_map_slot){array, SIZE_MAX, false};
        }
        slots[operands] = (struct unloop_map_slot){result, SIZE_MAX, false};
        // Each operand lies in registers once, and then none does.
        for (int position = 0; position <= operands; position++) {
            struct unloop_map_instruction code[4] = {0};
            int length = 0;
            if (position < operands) code[length++] = (struct unloop_map_instruction){4 * unloop_map_load, position};
            uint16_t places[3] = {0};
            for (int o = 0, next = 0; o < operands; o++) {
                if (o != position) places[next++] = (uint16_t)o;
            }
            code[length++] = (struct unloop_map_instruction){4 * instructions[i].operation + position, places[0],
                                                             places[1], places[2]};
            code[length++] = (struct unloop_map_instruction){4 * unloop_map_store, operands};
            code[length] = (struct unloop_map_instruction){4 * unloop_map_end};
            kernels->map.run(code, slots, count, 0);
            char name[64];
            snprintf(name, sizeof name, "map.%d.%d", instructions[i].operation, position);
            show(name, result, count, !instructions[i].gives_integers);
        }
    }
    uint32_t keys[4][unloop_map_strip];
    struct unloop_map_slot slots[5];
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < unloop_map_strip; j++) keys[i][j] = 0x9e3779b9u * (uint32_t)(i + 1);
        slots[i] = (struct unloop_map_slot){keys[i], 0, false};
    }
    slots[4] = (struct unloop_map_slot){result, SIZE_MAX, false};
    const struct unloop_map_instruction random[] = {
        {4 * unloop_map_random_bits + 4, 0, 1, 2, 3, 77}, {4 * unloop_map_store, 4}, {4 * unloop_map_end}};
    const struct unloop_map_instruction index[] = {
        {4 * unloop_map_index}, {4 * unloop_map_store, 4}, {4 * unloop_map_end}};
    kernels->map.run(random, slots, count, 4294960001u);
    show("map.random-bits", result, count, false);
    kernels->map.run(index, slots, count, 5);
    show("map.index", result, count, false);
}

// MARK: Reductions

static void reduce_cases(void) {
    char name[64];
    const int64_t lengths[] = {0, 1, 2, 7, 63, 64, 65, 127, 128, 1000, 4095, 4096};
    const int64_t lines = 5, pitch = 4099;
    float *arrays[2] = {any_reals((size_t)(lines * pitch), 11), reals((size_t)(lines * pitch), 12)};
    uint32_t *result = memory((size_t)pitch);
    int32_t *places = memory((size_t)pitch);
    for (int kind = 0; kind <= unloop_reduction_integer_minimum; kind++) {
        const enum unloop_reduction reduction = (enum unloop_reduction)kind;
        const bool are_reals = reduction < unloop_reduction_integer_sum;
        const bool searches = reduction != unloop_reduction_sum && reduction != unloop_reduction_product &&
                              reduction != unloop_reduction_integer_sum &&
                              reduction != unloop_reduction_integer_product;
        for (int array = 0; array < 2; array++) {
            const uint32_t *source = (const uint32_t *)arrays[array];
            for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
                const int64_t length = lengths[i];
                kernels->reduce.lines(reduction, result, source, pitch, lines, length);
                snprintf(name, sizeof name, "reduce.lines.%d.%d.%" PRId64, kind, array, length);
                show(name, result, (size_t)lines, are_reals);
                for (int64_t j = 0; j < length; j++) result[j] = kernels->reduce.start(reduction);
                kernels->reduce.rows(reduction, result, source, pitch, lines, length);
                snprintf(name, sizeof name, "reduce.rows.%d.%d.%" PRId64, kind, array, length);
                show(name, result, (size_t)length, are_reals);
                if (!searches || length == 0) continue;
                kernels->reduce.search_lines(reduction, places, source, pitch, lines, length);
                snprintf(name, sizeof name, "reduce.search-lines.%d.%d.%" PRId64, kind, array, length);
                show(name, places, (size_t)lines, false);
                uint32_t best = 0;
                int32_t place = -1;
                kernels->reduce.search(reduction, &best, &place, source, 0, length);
                kernels->reduce.search(reduction, &best, &place, source + pitch, length, length);
                snprintf(name, sizeof name, "reduce.search.%d.%d.%" PRId64, kind, array, length);
                show(name, &place, 1, false);
                kernels->reduce.search_rows(reduction, result, places, source, pitch, 0, lines, length);
                snprintf(name, sizeof name, "reduce.search-rows.%d.%d.%" PRId64, kind, array, length);
                show(name, places, (size_t)length, false);
            }
        }
    }
    for (int variant = 0; variant < 8; variant++) {
        const int64_t length = variant & 1 ? 37 : 1001, inner = variant & 1 ? 19 : 1;
        kernels->reduce.scan((variant & 2) != 0, (variant & 4) != 0, result, (const uint32_t *)arrays[1], length,
                             inner);
        snprintf(name, sizeof name, "reduce.scan.%d", variant);
        show(name, result, (size_t)(length * inner), (variant & 2) == 0);
    }
}

// MARK: Products

static void run_product(const char *name, unloop_product product, size_t results) {
    float *result = memory(results);
    const int64_t floats = UNLOOP_PRODUCT_STRIP_FLOATS + 4 * UNLOOP_PRODUCT_BLOCK * kernels->product.panel_columns;
    float *workspace = memory((size_t)floats);
    char text[96];
    product.c = result;
    kernels->product.run(&product, 0, product.m, workspace, floats);
    snprintf(text, sizeof text, "product.run.%s", name);
    show(text, result, results, true);
    if (kernels->product.is_vector(&product)) {
        memset(result, 0x5a, results * 4);
        kernels->product.vector(&product, 0, product.m * product.n);
        snprintf(text, sizeof text, "product.vector.%s", name);
        show(text, result, results, true);
    }
    if (product.operand == UNLOOP_OPERAND_PATCH_ROWS && kernels->product.is_narrow(&product, 1)) {
        memset(result, 0x5a, results * 4);
        const int64_t lines = product.patches.grid_height;
        float *packed = memory((size_t)(product.k * product.n));
        float *own = memory((size_t)kernels->product.narrow_floats(&product, 1, lines));
        kernels->product.narrow_pack(&product, packed);
        const int64_t images = product.m / (lines * product.patches.grid_width);
        for (int64_t image = 0; image < images; image++)
            kernels->product.narrow(&product, 1, image, 0, lines, packed, own);
        // The same bits as without it, and said so: whether a product is narrow may depend on the instruction set.
        snprintf(text, sizeof text, "product.run.%s", name);
        show(text, result, results, true);
        free(packed);
        free(own);
    }
    free(result);
    free(workspace);
}

static void matrix_cases(void) {
    const int64_t shapes[][3] = {{1, 1, 1},     {5, 7, 3},      {33, 31, 257}, {64, 64, 64},  {1, 300, 700},
                                 {300, 1, 700}, {130, 10, 513}, {4, 200, 256}, {250, 47, 96}, {17, 129, 512}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int64_t m = shapes[i][0], n = shapes[i][1], k = shapes[i][2];
        float *a = reals((size_t)(m * k), 21), *b = reals((size_t)(k * n), 22);
        a[(size_t)(m * k) / 2] = -0.0f;
        for (int layout = 0; layout < 4; layout++) {
            unloop_product product = {.m = m, .n = n, .k = k, .operand = UNLOOP_OPERAND_STRIDED, .a = a, .b = b};
            const bool a_transposed = layout & 1, b_transposed = layout & 2;
            product.a_row = a_transposed ? 1 : k;
            product.a_k = a_transposed ? m : 1;
            product.b_middle = 1;
            product.b_inner = k;
            product.b_k = b_transposed ? 1 : n;
            product.b_n = b_transposed ? k : 1;
            product.c_row = n;
            char name[64];
            snprintf(name, sizeof name, "%" PRId64 "x%" PRId64 "x%" PRId64 ".%d", m, n, k, layout);
            run_product(name, product, (size_t)(m * n));
        }
        free(a);
        free(b);
    }
}

static void convolution_cases(void) {
    // Images, height, width, input channels, output channels, window, step, padding, distance of taps.
    const int64_t shapes[][9] = {
        {2, 9, 11, 3, 5, 3, 1, 1, 1}, {1, 28, 28, 1, 32, 3, 1, 1, 1}, {2, 15, 14, 16, 33, 5, 2, 2, 1},
        {1, 8, 8, 7, 4, 2, 3, 0, 1},  {2, 13, 10, 32, 3, 3, 1, 2, 2}, {1, 17, 33, 40, 8, 3, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int64_t *s = shapes[i];
        const int64_t grid_height = (s[1] + 2 * s[7] - (s[5] - 1) * s[8] - 1) / s[6] + 1;
        const int64_t grid_width = (s[2] + 2 * s[7] - (s[5] - 1) * s[8] - 1) / s[6] + 1;
        const int64_t positions = s[0] * grid_height * grid_width, taps = s[5] * s[5];
        float *image = reals((size_t)(s[0] * s[1] * s[2] * s[3]), 31);
        unloop_product product = {
            .operand = UNLOOP_OPERAND_PATCH_ROWS,
            .m = positions,
            .n = s[4],
            .k = taps * s[3],
            .a = image,
            .b_middle = 1,
            .b_n = 1,
            .b_k = s[4],
            .c_row = s[4],
            .patches =
                {
                    .height = s[1],
                    .width = s[2],
                    .image_pitch = s[1] * s[2] * s[3],
                    .line_pitch = s[2] * s[3],
                    .pixel_pitch = s[3],
                    .channels = s[3],
                    .grid_height = grid_height,
                    .grid_width = grid_width,
                    .step_height = s[6],
                    .step_width = s[6],
                    .taps_height = s[5],
                    .taps_width = s[5],
                    .first_height = -s[7],
                    .first_width = -s[7],
                    .tap_height = s[8],
                    .tap_width = s[8],
                },
        };
        char name[64];
        float *filter = reals((size_t)(taps * s[3] * s[4]), 32);
        product.b = filter;
        product.b_inner = product.k;
        snprintf(name, sizeof name, "forward.%zu", i);
        run_product(name, product, (size_t)(positions * s[4]));

        float *gradient = reals((size_t)(positions * s[4]), 33);
        unloop_product by_taps = product;
        by_taps.operand = UNLOOP_OPERAND_PATCH_COLUMNS;
        by_taps.m = product.k;
        by_taps.k = positions;
        by_taps.b = gradient;
        by_taps.b_inner = positions;
        snprintf(name, sizeof name, "filter-gradient.%zu", i);
        run_product(name, by_taps, (size_t)(product.k * s[4]));

        // Each channel by itself.
        const int64_t channels = s[3];
        float *zeros = memory((size_t)channels), *own = reals((size_t)(taps * channels), 34);
        memset(zeros, 0, (size_t)channels * 4);
        unloop_product depthwise = product;
        depthwise.patches.channels = 1;
        depthwise.n = channels;
        depthwise.k = taps;
        depthwise.b = own;
        depthwise.b_outer_stride = s[5] * channels;
        depthwise.b_middle_stride = channels;
        depthwise.b_k = channels;
        depthwise.c_row = channels;
        float *result = memory((size_t)(positions * channels));
        depthwise.c = result;
        kernels->product.depthwise(&depthwise, 1, 0, positions, zeros, NULL);
        snprintf(name, sizeof name, "product.depthwise.%zu", i);
        show(name, result, (size_t)(positions * channels), true);
        depthwise.m = taps;
        depthwise.k = positions;
        depthwise.b = result;
        const int64_t block = positions < UNLOOP_PRODUCT_BLOCK ? positions : UNLOOP_PRODUCT_BLOCK;
        float *sums = memory((size_t)(taps * channels));
        kernels->product.depthwise_filter_gradient(&depthwise, 0, block, 0, channels, zeros, sums);
        snprintf(name, sizeof name, "product.depthwise-filter-gradient.%zu", i);
        show(name, sums, (size_t)(taps * channels), true);
        float *arrays[] = {image, filter, gradient, zeros, own, result, sums};
        for (size_t j = 0; j < sizeof arrays / sizeof *arrays; j++) free(arrays[j]);
    }
}

// MARK: Pooling, gathering, copying

static void pool_cases(void) {
    const int64_t channels[] = {1, 3, 8, 33};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        const int64_t c = channels[i];
        const unloop_pool pool = {.height = 13,
                                  .width = 11,
                                  .channels = c,
                                  .output_height = 7,
                                  .output_width = 6,
                                  .window_height = 3,
                                  .window_width = 3,
                                  .stride_height = 2,
                                  .stride_width = 2,
                                  .padding_top = 1,
                                  .padding_left = 1};
        const size_t pixels = (size_t)(13 * 11 * c), outputs = (size_t)(7 * 6 * c);
        float *image = any_reals(pixels, 41), *second = reals(pixels, 42), *gradient = reals(outputs, 43);
        float *output = memory(pixels);
        char name[64];
#define POOL_CASE(kernel, count, ...)                                                                                  \
    memset(output, 0x5a, pixels * 4);                                                                                  \
    kernels->pool.kernel(&pool, __VA_ARGS__);                                                                          \
    snprintf(name, sizeof name, "pool." #kernel ".%" PRId64, c);                                                       \
    show(name, output, count, true);
        POOL_CASE(maximum, outputs, image, output, 0, 7)
        POOL_CASE(maximum_tangent, outputs, image, second, output, 0, 7)
        POOL_CASE(maximum_gradient, pixels, image, gradient, output, 0, 13)
        POOL_CASE(average, outputs, image, output, 0, 7)
        POOL_CASE(average_gradient, pixels, gradient, output, 0, 13)
        float *arrays[] = {image, second, gradient, output};
        for (size_t j = 0; j < sizeof arrays / sizeof *arrays; j++) free(arrays[j]);
    }
}

static void gather_and_copy_cases(void) {
    const int64_t rows = 23, inner = 19, count = 101;
    float *table = any_reals((size_t)(count * inner), 51), *result = memory((size_t)(count * inner));
    int32_t indices[101];
    state = 52;
    for (int64_t i = 0; i < count; i++) indices[i] = (int32_t)(random_word() % (uint32_t)rows);
    const int32_t valid[] = {kernels->gather.valid(indices, count, rows), kernels->gather.valid(indices, count, 5)};
    show("gather.valid", valid, 2, false);
    kernels->gather.gather(table, indices, count, inner, result);
    show("gather.gather", result, (size_t)(count * inner), true);
    kernels->gather.scatter_add_real(table, indices, count, inner, result, 0, rows);
    show("gather.scatter-add", result, (size_t)(rows * inner), true);
    kernels->gather.scatter_add_integer((const int32_t *)table, indices, count, inner, (int32_t *)result, 0, rows);
    show("gather.scatter-add-integer", result, (size_t)(rows * inner), false);
    kernels->copy.stream(result, table, (size_t)(count * inner));
    show("copy.stream", result, (size_t)(count * inner), false);
    kernels->copy.transpose(result, count, table, inner, count, inner);
    show("copy.transpose", result, (size_t)(count * inner), false);
}

int main(int count, char **arguments) {
    for (int isa = 0; isa < unloop_cpu_isa_count; isa++) {
        const char *name = unloop_cpu_isa_name((enum unloop_cpu_isa)isa);
        if (count == 1 && unloop_cpu_isa_available((enum unloop_cpu_isa)isa)) puts(name);
        if (count == 2 && strcmp(name, arguments[1]) == 0) kernels = unloop_cpu_kernels_for((enum unloop_cpu_isa)isa);
    }
    if (count == 1) return 0;
    if (kernels == NULL) {
        fprintf(stderr, "kernel_bits [instruction set]: without one, lists those that this machine runs\n");
        return 2;
    }
    map_cases();
    reduce_cases();
    matrix_cases();
    convolution_cases();
    pool_cases();
    gather_and_copy_cases();
    return 0;
}
