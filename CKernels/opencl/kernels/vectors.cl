// Vectors of WIDTH floats at any element of any memory; comes before kernels that compute in vectors.
//
// Wide vectors without vloadn and vstoren, which some drivers for CPUs carry out in parts of four elements.
//
// Parameters: WIDTH (1, 4, 8 or 16).

#pragma OPENCL FP_CONTRACT OFF

#define JOIN_TEXT(a, b) a##b
#define JOIN(a, b) JOIN_TEXT(a, b)
#if WIDTH == 1
#    define VECTOR float
#    define LOAD(position, pointer) ((pointer)[position])
#    define STORE(value, position, pointer) ((pointer)[position] = (value))
#elif WIDTH == 4
#    define VECTOR float4
#    define LOAD vload4
#    define STORE vstore4
#else
#    define VECTOR JOIN(float, WIDTH)
typedef VECTOR LooseVector __attribute__((aligned(4)));

#    define DEFINE_ACCESS(SPACE)                                                                                       \
        static inline __attribute__((overloadable)) VECTOR load_vector(const SPACE float *p) {                         \
            return *(const SPACE LooseVector *)p;                                                                      \
        }                                                                                                              \
        static inline __attribute__((overloadable)) void store_vector(VECTOR value, SPACE float *p) {                  \
            *(SPACE LooseVector *)p = value;                                                                           \
        }
DEFINE_ACCESS(__global)
DEFINE_ACCESS(__private)

#    define LOAD(position, pointer) load_vector((pointer) + (position)*WIDTH)
#    define STORE(value, position, pointer) store_vector(value, (pointer) + (position)*WIDTH)
#endif
