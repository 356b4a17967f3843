// The processors of this process, and locks and threads in one that may fork: `fork` copies one thread only, and every
// lock as it is.
#pragma once

#include <pthread.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// The processors that the calling thread may run on, by its affinity mask.
int64_t unloop_cpu_affinity(void);

// How often this process is the child of a fork, counted from the first process on. Threads that were made under
// another number do not exist here.
uint32_t unloop_fork_generation(void);

// A lock that no other thread holds in the child of a fork. What it protects must not take another such lock.
struct unloop_lock {
    pthread_mutex_t mutex;
    struct unloop_lock *_Nullable previous, *_Nullable next;
};
void unloop_lock_initialize(struct unloop_lock *lock);
void unloop_lock_destroy(struct unloop_lock *lock);

#pragma clang assume_nonnull end
