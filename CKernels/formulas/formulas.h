// All formulas, for a C file that has included a dialect. (OpenCL programs take the same texts one after the other.)
#include "arithmetic.h"
#include "exponential.h"
#include "error_function.h"
#include "trigonometric.h"
#include "power.h"
#include "random.h"
