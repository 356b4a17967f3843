// The bundled photograph, part of the library so that a program that uses it needs no files at run time.
#include "CUnloopData.h"

static const unsigned char photograph_pgm[] = {
#embed "Resources/photograph.pgm"
};

const unsigned char *unloop_photograph_pgm(size_t *count) {
    *count = sizeof photograph_pgm;
    return photograph_pgm;
}
