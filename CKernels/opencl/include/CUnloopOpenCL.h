#pragma once
// The texts of the OpenCL kernels (kernels/*.cl), and of the formulas and the dialect that they share with the other
// devices, as C strings.

const char *unloop_opencl_elements(void);
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
const char *unloop_opencl_panel(void);
const char *unloop_opencl_matmul_panel(void);
const char *unloop_opencl_matmul_tile(void);
const char *unloop_opencl_matmul_simple(void);
const char *unloop_opencl_tile(void);
const char *unloop_opencl_tile_fetch(void);
const char *unloop_opencl_convolution_direct(void);
const char *unloop_opencl_convolution_panel(void);
const char *unloop_opencl_convolution_tile(void);
const char *unloop_opencl_pool(void);
const char *unloop_opencl_gather(void);
