// Philox 4x32-10: Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC'11). Ten rounds turn a
// counter of four words and a key of two into four random words.
//
// Written in the terms of CKernels/dialect. Include after a dialect.

UNLOOP_FUNCTION(void) UNLOOP_NAME(philox)(UINT *c0, UINT *c1, UINT *c2, UINT *c3, UINT k0, UINT k1) {
    UINT x0 = *c0, x1 = *c1, x2 = *c2, x3 = *c3;
    for (int round = 0; round < 10; round++) {
        UINT high0 = MULTIPLY_HIGH(x0, UINT_OF(0xd2511f53u)), low0 = x0 * UINT_OF(0xd2511f53u);
        UINT high1 = MULTIPLY_HIGH(x2, UINT_OF(0xcd9e8d57u)), low1 = x2 * UINT_OF(0xcd9e8d57u);
        x0 = high1 ^ x1 ^ k0;
        x1 = low1;
        x2 = high0 ^ x3 ^ k1;
        x3 = low0;
        k0 = k0 + UINT_OF(0x9e3779b9u);
        k1 = k1 + UINT_OF(0xbb67ae85u);
    }
    *c0 = x0;
    *c1 = x1;
    *c2 = x2;
    *c3 = x3;
}

// Word index mod 4 of counter (index / 4, salt, stream low, stream high) with key (seed low, seed high).
UNLOOP_FUNCTION(INT)
UNLOOP_NAME(random_bits)(INT index, INT salt, INT seed_low, INT seed_high, INT stream_low, INT stream_high) {
    UINT c0 = AS_UINT(index) >> UINT_OF(2u), c1 = AS_UINT(salt);
    UINT c2 = AS_UINT(stream_low), c3 = AS_UINT(stream_high);
    UNLOOP_NAME(philox)(&c0, &c1, &c2, &c3, AS_UINT(seed_low), AS_UINT(seed_high));
    INT word = index & INT_OF(3);
    INT low = SELECT_INT(EQUAL(word, INT_OF(0)), AS_INT(c0), AS_INT(c1));
    INT high = SELECT_INT(EQUAL(word, INT_OF(2)), AS_INT(c2), AS_INT(c3));
    return SELECT_INT(LESS(word, INT_OF(2)), low, high);
}
