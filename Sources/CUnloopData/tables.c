// The bundled data sets, part of the library so that a program that uses them needs no files at run time.
#include "CUnloopData.h"

static const unsigned char digits_csv[] = {
#embed "Resources/digits.csv"
};

static const unsigned char breast_cancer_csv[] = {
#embed "Resources/breast_cancer.csv"
};

static const unsigned char iris_csv[] = {
#embed "Resources/iris.csv"
};

static const unsigned char sunspots_csv[] = {
#embed "Resources/sunspots.csv"
};

const unsigned char *unloop_digits_csv(size_t *count) {
    *count = sizeof digits_csv;
    return digits_csv;
}

const unsigned char *unloop_breast_cancer_csv(size_t *count) {
    *count = sizeof breast_cancer_csv;
    return breast_cancer_csv;
}

const unsigned char *unloop_iris_csv(size_t *count) {
    *count = sizeof iris_csv;
    return iris_csv;
}

const unsigned char *unloop_sunspots_csv(size_t *count) {
    *count = sizeof sunspots_csv;
    return sunspots_csv;
}
