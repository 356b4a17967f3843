// The bundled data set, part of the library so that a program that uses it needs no files at run time.
#include "CUnloopData.h"

static const unsigned char digits_csv[] = {
#embed "Resources/digits.csv"
};

const unsigned char *unloop_digits_csv(size_t *count) {
    *count = sizeof digits_csv;
    return digits_csv;
}
