// What the processor can do at best, for reports of speed.
#pragma once

#include <stddef.h>

// Lets Swift see the functions as not optional.
#pragma clang assume_nonnull begin

struct unloop_cpu_measure_kernels {
    // Runs `steps` rounds of independent fused multiply-adds and returns the number of floating-point operations done
    // (a multiplication and an addition each); `sink` receives one number, so that the work is needed.
    double (*fma_chain)(size_t steps, float *sink);
};

#pragma clang assume_nonnull end
