// Memory of each thread for what lives as long as one call: taking it costs nothing, and it stays in the caches.
#include "dispatch.h"

static _Thread_local _Alignas(64) char memory[unloop_scratch_bytes];
static _Thread_local bool is_borrowed;

void *unloop_scratch_borrow(size_t bytes) {
    if (bytes > sizeof memory || is_borrowed) return NULL;
    is_borrowed = true;
    return memory;
}

void unloop_scratch_return(void) { is_borrowed = false; }
