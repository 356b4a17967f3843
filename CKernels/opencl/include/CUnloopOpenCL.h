#pragma once
#include <stdint.h>

// The texts of the OpenCL kernels (kernels/*.cl), and of the formulas and the dialect that they share with the other
// devices, as C strings.

const char *unloop_opencl_elements(void);
const char *unloop_opencl_interpreter(void);
const char *unloop_opencl_lines(void);
const char *unloop_opencl_map(void);
const char *unloop_opencl_reduce(void);
const char *unloop_opencl_reduce_index(void);
const char *unloop_opencl_scan(void);
const char *unloop_opencl_dialect(void);
const char *unloop_opencl_formulas_arithmetic(void);
const char *unloop_opencl_formulas_exponential(void);
const char *unloop_opencl_formulas_error_function(void);
const char *unloop_opencl_formulas_trigonometric(void);
const char *unloop_opencl_formulas_power(void);
const char *unloop_opencl_formulas_random(void);
const char *unloop_opencl_vectors(void);
const char *unloop_opencl_panel(void);
const char *unloop_opencl_matmul_panel(void);
const char *unloop_opencl_matmul_tile(void);
const char *unloop_opencl_matmul_simple(void);
const char *unloop_opencl_tile(void);
const char *unloop_opencl_tile_fetch(void);
const char *unloop_opencl_convolution_direct(void);
const char *unloop_opencl_convolution_depthwise(void);
const char *unloop_opencl_convolution_panel(void);
const char *unloop_opencl_image_taps(void);
const char *unloop_opencl_convolution_narrow(void);
const char *unloop_opencl_convolution_window(void);
const char *unloop_opencl_convolution_tile(void);
const char *unloop_opencl_pool(void);
const char *unloop_opencl_gather(void);
const char *unloop_opencl_scatter_sort(void);

// How many arrays interpreter.cl takes, and how many numbers that are the same for all elements.
enum { unloop_interpreter_operands = 12, unloop_interpreter_scalars = 16 };

// What interpreter.cl is given about a launch; described there.
struct unloop_interpreter_layout {
    int64_t offset[unloop_interpreter_operands + 1];
    int32_t column_stride[unloop_interpreter_operands + 1];
    int32_t row_stride[(unloop_interpreter_operands + 1) * 7];
    int32_t extent[7];
    int32_t axes;
    int32_t inputs, outputs;
    int32_t position_slot;
    int32_t output_slot[unloop_interpreter_operands];
    int32_t section[5];
    uint32_t columns, columns_per_task, column_tasks;
    uint32_t length, rows_per_task, row_tasks;
    uint32_t tasks, tasks_per_item;
    uint32_t period;
    int32_t reduces, takes_first;
    int32_t start;
    // Integers as the bits of a float.
    float scalars[unloop_interpreter_scalars];
};
