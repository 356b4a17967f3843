// The formulas in scalar C, exported.
#include "include/CUnloopFormulas.h"
#include "../dialect/scalar.h"
#include "formulas.h"

float unloop_scalar_negate(float x) { return unloop_negate(x); }
float unloop_scalar_absolute(float x) { return unloop_absolute(x); }
float unloop_scalar_square_root(float x) { return unloop_square_root(x); }
float unloop_scalar_floor(float x) { return unloop_floor(x); }
float unloop_scalar_ceiling(float x) { return unloop_ceiling(x); }
float unloop_scalar_round(float x) { return unloop_round(x); }
float unloop_scalar_exp(float x) { return unloop_exp(x); }
float unloop_scalar_exp_nonpositive(float x) { return unloop_exp_nonpositive(x); }
float unloop_scalar_expm1(float x) { return unloop_expm1(x); }
float unloop_scalar_log(float x) { return unloop_log(x); }
float unloop_scalar_log1p(float x) { return unloop_log1p(x); }
float unloop_scalar_log1p_unit(float x) { return unloop_log1p_unit(x); }
float unloop_scalar_tanh(float x) { return unloop_tanh(x); }
float unloop_scalar_sigmoid(float x) { return unloop_sigmoid(x); }
float unloop_scalar_erf(float x) { return unloop_erf(x); }
float unloop_scalar_normal_distribution(float x) { return unloop_normal_distribution(x); }
float unloop_scalar_sin(float x) { return unloop_sin(x); }
float unloop_scalar_cos(float x) { return unloop_cos(x); }
float unloop_scalar_add(float a, float b) { return unloop_add(a, b); }
float unloop_scalar_subtract(float a, float b) { return unloop_subtract(a, b); }
float unloop_scalar_multiply(float a, float b) { return unloop_multiply(a, b); }
float unloop_scalar_divide(float a, float b) { return unloop_divide(a, b); }
float unloop_scalar_minimum(float a, float b) { return unloop_minimum(a, b); }
float unloop_scalar_maximum(float a, float b) { return unloop_maximum(a, b); }
float unloop_scalar_power(float a, float b) { return unloop_power(a, b); }
float unloop_scalar_fused_multiply_add(float a, float b, float c) { return unloop_fused_multiply_add(a, b, c); }

int32_t unloop_scalar_equal(float a, float b) { return unloop_equal(a, b); }
int32_t unloop_scalar_not_equal(float a, float b) { return unloop_not_equal(a, b); }
int32_t unloop_scalar_less(float a, float b) { return unloop_less(a, b); }
int32_t unloop_scalar_less_or_equal(float a, float b) { return unloop_less_or_equal(a, b); }
float unloop_scalar_select(int32_t c, float a, float b) { return unloop_select(c, a, b); }
int32_t unloop_scalar_integer_select(int32_t c, int32_t a, int32_t b) { return unloop_integer_select(c, a, b); }

int32_t unloop_scalar_integer_add(int32_t a, int32_t b) { return unloop_integer_add(a, b); }
int32_t unloop_scalar_integer_subtract(int32_t a, int32_t b) { return unloop_integer_subtract(a, b); }
int32_t unloop_scalar_integer_multiply(int32_t a, int32_t b) { return unloop_integer_multiply(a, b); }
int32_t unloop_scalar_integer_and(int32_t a, int32_t b) { return unloop_integer_and(a, b); }
int32_t unloop_scalar_integer_or(int32_t a, int32_t b) { return unloop_integer_or(a, b); }
int32_t unloop_scalar_integer_xor(int32_t a, int32_t b) { return unloop_integer_xor(a, b); }
int32_t unloop_scalar_integer_shift_left(int32_t a, int32_t b) { return unloop_integer_shift_left(a, b); }
int32_t unloop_scalar_integer_shift_right(int32_t a, int32_t b) { return unloop_integer_shift_right(a, b); }
int32_t unloop_scalar_integer_equal(int32_t a, int32_t b) { return unloop_integer_equal(a, b); }
int32_t unloop_scalar_integer_less(int32_t a, int32_t b) { return unloop_integer_less(a, b); }

float unloop_scalar_real_from_integer(int32_t x) { return unloop_real_from_integer(x); }
int32_t unloop_scalar_integer_from_real(float x) { return unloop_integer_from_real(x); }

int32_t unloop_scalar_random_bits(int32_t index, int32_t salt, int32_t seed_low, int32_t seed_high, int32_t stream_low,
                                  int32_t stream_high) {
    return unloop_random_bits(index, salt, seed_low, seed_high, stream_low, stream_high);
}

void unloop_scalar_philox(uint32_t counter[4], uint32_t key_low, uint32_t key_high) {
    unloop_philox(&counter[0], &counter[1], &counter[2], &counter[3], key_low, key_high);
}
