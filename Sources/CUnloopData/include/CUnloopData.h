#ifndef CUNLOOPDATA_H
#define CUNLOOPDATA_H

#include <stddef.h>

/// The bytes of Resources/digits.csv, as they are in the file; `*count` receives their number.
const unsigned char *unloop_digits_csv(size_t *count);

#endif
