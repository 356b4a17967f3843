// Peak arithmetic and streaming copies, for one instruction set.

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

static void measure_stream_copy(float *destination, const float *source, size_t count) {
    size_t i = 0;
    while (i < count && ((uintptr_t)(destination + i) % (4 * UNLOOP_WIDTH)) != 0) {
        destination[i] = source[i];
        i++;
    }
    for (; i + UNLOOP_WIDTH <= count; i += UNLOOP_WIDTH) {
        __builtin_nontemporal_store(unloop_load_real(source + i), (REAL *)(destination + i));
    }
    for (; i < count; i++) destination[i] = source[i];
}

#define UNLOOP_MEASURE_KERNELS                                                                                         \
    { .fma_chain = measure_fma_chain, .stream_copy = measure_stream_copy }
