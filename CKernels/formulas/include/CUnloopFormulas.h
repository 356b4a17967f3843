// The primitives of scalar programs for one element: `unloop_scalar_<name>` is the formula `unloop_<name>` of this
// folder in scalar C. Every other device gives the same bits.
#pragma once

#include <stdint.h>

#include "unloop_float_modes.h"

float unloop_scalar_negate(float x);
float unloop_scalar_absolute(float x);
float unloop_scalar_square_root(float x);
float unloop_scalar_floor(float x);
float unloop_scalar_ceiling(float x);
float unloop_scalar_round(float x);
float unloop_scalar_exp(float x);
// For operands within bounds: the same as exp of x <= 0, and as log1p of 0 <= x <= 1.
float unloop_scalar_exp_nonpositive(float x);
float unloop_scalar_log1p_unit(float x);
float unloop_scalar_expm1(float x);
float unloop_scalar_log(float x);
float unloop_scalar_log1p(float x);
float unloop_scalar_tanh(float x);
float unloop_scalar_sigmoid(float x);
float unloop_scalar_erf(float x);
float unloop_scalar_normal_distribution(float x);
float unloop_scalar_sin(float x);
float unloop_scalar_cos(float x);
float unloop_scalar_add(float a, float b);
float unloop_scalar_subtract(float a, float b);
float unloop_scalar_multiply(float a, float b);
float unloop_scalar_divide(float a, float b);
float unloop_scalar_minimum(float a, float b);
float unloop_scalar_maximum(float a, float b);
float unloop_scalar_power(float a, float b);
float unloop_scalar_fused_multiply_add(float a, float b, float c);

int32_t unloop_scalar_equal(float a, float b);
int32_t unloop_scalar_not_equal(float a, float b);
int32_t unloop_scalar_less(float a, float b);
int32_t unloop_scalar_less_or_equal(float a, float b);
float unloop_scalar_select(int32_t c, float a, float b);
int32_t unloop_scalar_integer_select(int32_t c, int32_t a, int32_t b);

int32_t unloop_scalar_integer_add(int32_t a, int32_t b);
int32_t unloop_scalar_integer_subtract(int32_t a, int32_t b);
int32_t unloop_scalar_integer_multiply(int32_t a, int32_t b);
int32_t unloop_scalar_integer_and(int32_t a, int32_t b);
int32_t unloop_scalar_integer_or(int32_t a, int32_t b);
int32_t unloop_scalar_integer_xor(int32_t a, int32_t b);
int32_t unloop_scalar_integer_shift_left(int32_t a, int32_t b);
int32_t unloop_scalar_integer_shift_right(int32_t a, int32_t b);
int32_t unloop_scalar_integer_equal(int32_t a, int32_t b);
int32_t unloop_scalar_integer_less(int32_t a, int32_t b);

float unloop_scalar_real_from_integer(int32_t x);
int32_t unloop_scalar_integer_from_real(float x);

// Word `index` mod 4 of Philox 4x32-10; see random.h.
int32_t unloop_scalar_random_bits(int32_t index, int32_t salt, int32_t seed_low, int32_t seed_high, int32_t stream_low,
                                  int32_t stream_high);

// Philox 4x32-10: replaces the counter by four random words.
void unloop_scalar_philox(uint32_t counter[4], uint32_t key_low, uint32_t key_high);
