// The kernels for NEON; empty on other processors than 64-bit ARM, where NEON is always there.
#include "dispatch.h"

#if defined(__aarch64__)
#    include <arm_neon.h>
#    include <math.h>
#    define UNLOOP_ISA_NEON 1
#    define UNLOOP_HAS_ROUNDING 1
// Two registers a vector: pairs of independent operations hide latency.
#    define UNLOOP_WIDTH 8
#    define UNLOOP_TABLE unloop_cpu_kernels_neon
#    include "kernels.h"
#endif
