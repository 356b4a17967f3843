// Included once by each isa_*.c, which has set UNLOOP_WIDTH, UNLOOP_TABLE (the name of its table) and the target
// attribute: compiles every kernel for that instruction set.

#include "../dialect/vector.h"
#include "../formulas/formulas.h"

#include "measure.body.h"
#include "map.body.h"
#include "copy.body.h"
#include "reduce.body.h"
#include "map_lines.body.h"
#include "product_kernel.body.h"
#include "product_vector.body.h"
#include "product_pack.body.h"
#include "product_window.body.h"
#include "product.body.h"
#include "product_narrow.body.h"
#include "depthwise.body.h"
#include "pool.body.h"
#include "gather.body.h"

const struct unloop_cpu_kernels UNLOOP_TABLE = {
    .width = UNLOOP_WIDTH,
    .measure = UNLOOP_MEASURE_KERNELS,
    .map = UNLOOP_MAP_KERNELS,
    .copy = UNLOOP_COPY_KERNELS,
    .reduce = UNLOOP_REDUCE_KERNELS,
    .product = UNLOOP_PRODUCT_KERNELS,
    .pool = UNLOOP_POOL_KERNELS,
    .gather = UNLOOP_GATHER_KERNELS,
};
