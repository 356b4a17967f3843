#ifndef CUNLOOPDATA_H
#define CUNLOOPDATA_H

#include <stddef.h>

// The bytes of the files in Resources, as they are in the files; `*count` receives their number.
const unsigned char *unloop_digits_csv(size_t *count);
const unsigned char *unloop_breast_cancer_csv(size_t *count);
const unsigned char *unloop_iris_csv(size_t *count);
const unsigned char *unloop_sunspots_csv(size_t *count);
const unsigned char *unloop_photograph_pgm(size_t *count);

#endif
