// The kernels in plain vector C for whatever the compiler targets by default.
#include "dispatch.h"

#include <math.h>
#define UNLOOP_ISA_PORTABLE 1
#define UNLOOP_WIDTH 4
#define UNLOOP_TABLE unloop_cpu_kernels_portable
#include "kernels.h"
