// Scratch memory of the calling thread.
#pragma once

#include <stddef.h>

enum { unloop_scratch_bytes = 96 << 10 };

// Memory of this thread, aligned to 64; NULL when `bytes` are more than there are, or when it is lent already.
void *_Nullable unloop_scratch_borrow(size_t bytes);

// Ends what `unloop_scratch_borrow` gave.
void unloop_scratch_return(void);
