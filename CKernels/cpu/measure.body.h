// Peak arithmetic, for one instruction set.

// Twelve independent chains hide the latency of the fused multiply-add on processors that start two a cycle.
static double measure_fma_chain(size_t steps, float *sink) {
    enum { chains = 12 };
    REAL accumulators[chains];
    for (int c = 0; c < chains; c++) accumulators[c] = REAL_OF((float)c);
    REAL factor = REAL_OF(0.999f), addend = REAL_OF(0.001f);
    // The compiler must not see through the constants.
    __asm__ volatile("" : : "r"(&factor), "r"(&addend) : "memory");
    for (size_t step = 0; step < steps; step++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < chains; c++) accumulators[c] = FMA(accumulators[c], factor, addend);
    }
    REAL total = accumulators[0];
    for (int c = 1; c < chains; c++) total += accumulators[c];
    *sink = total[0];
    return (double)steps * chains * UNLOOP_WIDTH * 2;
}

#define UNLOOP_MEASURE_KERNELS                                                                                         \
    { .fma_chain = measure_fma_chain }
