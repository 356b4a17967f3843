// Moving vectors of UNLOOP_WIDTH elements between strided arrays and registers. Included before every kernel that runs
// a scalar program; REAL and INT are the vector types of the dialect.

#if UNLOOP_WIDTH == 1
#    define UNLOOP_IOTA 0
#elif UNLOOP_WIDTH == 4
#    define UNLOOP_IOTA ((INT)(0, 1, 2, 3))
#elif UNLOOP_WIDTH == 8
#    define UNLOOP_IOTA ((INT)(0, 1, 2, 3, 4, 5, 6, 7))
#elif UNLOOP_WIDTH == 16
#    define UNLOOP_IOTA ((INT)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#endif

#if UNLOOP_WIDTH == 1
#    define UNLOOP_LOAD(p) (*(p))
#    define UNLOOP_STORE(v, p) (*(p) = (v))
#elif UNLOOP_WIDTH == 4
#    define UNLOOP_LOAD(p) vload4(0, p)
#    define UNLOOP_STORE(v, p) vstore4(v, 0, p)
#else
// Without vloadn and vstoren, which some drivers for CPUs carry out in parts of four elements.
typedef REAL unloop_loose_real __attribute__((aligned(4)));
typedef INT unloop_loose_int __attribute__((aligned(4)));
#    define UNLOOP_DEFINE_ACCESS(SPACE, VECTOR, LOOSE, ELEMENT)                                                        \
        static inline __attribute__((overloadable)) VECTOR unloop_load(const SPACE ELEMENT *p) {                       \
            return *(const SPACE LOOSE *)p;                                                                            \
        }                                                                                                              \
        static inline __attribute__((overloadable)) void unloop_store(const VECTOR value, SPACE ELEMENT *p) {          \
            *(SPACE LOOSE *)p = value;                                                                                 \
        }
UNLOOP_DEFINE_ACCESS(global, REAL, unloop_loose_real, float)
UNLOOP_DEFINE_ACCESS(private, REAL, unloop_loose_real, float)
UNLOOP_DEFINE_ACCESS(global, INT, unloop_loose_int, int)
UNLOOP_DEFINE_ACCESS(private, INT, unloop_loose_int, int)
#    define UNLOOP_LOAD(p) unloop_load(p)
#    define UNLOOP_STORE(v, p) unloop_store(v, p)
#endif

// The elements p[0], p[stride], …; lanes from `lanes` on are 0 and not read. Without a full vector of neighbours they
// are taken one by one.
#define UNLOOP_DEFINE_FETCH(name, VECTOR, ELEMENT)                                                                     \
    UNLOOP_FUNCTION(VECTOR) name(global const ELEMENT *p, const long stride, const uint lanes) {                       \
        if (UNLOOP_WIDTH == 1 || (stride == 1 && lanes == UNLOOP_WIDTH)) return UNLOOP_LOAD(p);                        \
        if (stride == 0) return (VECTOR)(*p);                                                                          \
        ELEMENT element[UNLOOP_WIDTH];                                                                                 \
        for (uint lane = 0; lane < UNLOOP_WIDTH; lane++) element[lane] = lane < lanes ? p[lane * stride] : (ELEMENT)0; \
        return UNLOOP_LOAD(element);                                                                                   \
    }
UNLOOP_DEFINE_FETCH(unloop_fetch_real, REAL, float)
UNLOOP_DEFINE_FETCH(unloop_fetch_int, INT, int)

// Stores the first `lanes` lanes to p[0], p[stride], ….
#define UNLOOP_DEFINE_PUT(name, VECTOR, ELEMENT)                                                                       \
    UNLOOP_FUNCTION(void) name(const VECTOR value, global ELEMENT *p, const long stride, const uint lanes) {           \
        if (UNLOOP_WIDTH == 1 || (stride == 1 && lanes == UNLOOP_WIDTH)) {                                             \
            UNLOOP_STORE(value, p);                                                                                    \
            return;                                                                                                    \
        }                                                                                                              \
        ELEMENT element[UNLOOP_WIDTH];                                                                                 \
        UNLOOP_STORE(value, element);                                                                                  \
        for (uint lane = 0; lane < lanes; lane++) p[lane * stride] = element[lane];                                    \
    }
UNLOOP_DEFINE_PUT(unloop_put_real, REAL, float)
UNLOOP_DEFINE_PUT(unloop_put_int, INT, int)

// The same; whole vectors go past the caches where the elements are too many to be read again from there and the
// compiler knows how.
#if defined(__has_builtin) && UNLOOP_WIDTH == 16
#    if __has_builtin(__builtin_nontemporal_store)
#        define UNLOOP_STREAMS 1
#    endif
#endif
#ifndef UNLOOP_STREAMS
#    define UNLOOP_STREAMS 0
#    define __builtin_nontemporal_store(value, p)
#endif
#define UNLOOP_DEFINE_STREAM(name, put, VECTOR, ELEMENT)                                                               \
    UNLOOP_FUNCTION(void)                                                                                              \
    name(const VECTOR value, global ELEMENT *p, const long stride, const uint lanes, const int streams) {              \
        if (UNLOOP_STREAMS && streams && stride == 1 && lanes == UNLOOP_WIDTH && ((ulong)p & 63) == 0) {               \
            __builtin_nontemporal_store(value, (global VECTOR *)p);                                                    \
        } else {                                                                                                       \
            put(value, p, stride, lanes);                                                                              \
        }                                                                                                              \
    }
UNLOOP_DEFINE_STREAM(unloop_stream_real, unloop_put_real, REAL, float)
UNLOOP_DEFINE_STREAM(unloop_stream_int, unloop_put_int, INT, int)
