// How many adjacent elements a fetch of tile.cl brings: one, or four that lie in one aligned quad.
//
// Parameters: A_WIDTH, B_WIDTH, C_WIDTH (1 or 4). With 4, every line of the operand begins at a multiple of four
// elements and has a multiple of four.

#pragma OPENCL FP_CONTRACT OFF

#if A_WIDTH == 4
typedef float4 AValue;
#else
typedef float AValue;
#endif
#if B_WIDTH == 4
typedef float4 BValue;
#else
typedef float BValue;
#endif

static inline AValue a_load(const __global float *element) { return *(const __global AValue *)element; }
static inline BValue b_load(const __global float *element) { return *(const __global BValue *)element; }
