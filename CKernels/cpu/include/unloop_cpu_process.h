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

// A number of the calling thread, the same as long as it lives: threads are numbered one after the other.
uint32_t unloop_thread_number(void);

// Tells the processor that this thread is waiting in a loop.
static inline void unloop_cpu_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// A lock for a few instructions that no other thread holds in the child of a fork. What it protects must not take
// another such lock. A spin lock: every operation takes it twice, and its release is a plain store. Who finds it taken
// gives the processor away after some tries, so that whoever holds it goes on.
struct unloop_lock {
    pthread_spinlock_t spin;
    struct unloop_lock *_Nullable previous, *_Nullable next;
};
void unloop_lock_initialize(struct unloop_lock *lock);
void unloop_lock_destroy(struct unloop_lock *lock);

// Takes a lock that was just found taken.
void unloop_lock_wait(struct unloop_lock *lock);

static inline void unloop_lock_take(struct unloop_lock *lock) {
    if (pthread_spin_trylock(&lock->spin) != 0) unloop_lock_wait(lock);
}

static inline void unloop_lock_give(struct unloop_lock *lock) { pthread_spin_unlock(&lock->spin); }

#pragma clang assume_nonnull end
