// Copies for one instruction set.

static void copy_stream(float *destination, const float *source, size_t count) {
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

#define UNLOOP_COPY_KERNELS                                                                                            \
    { .stream = copy_stream }
