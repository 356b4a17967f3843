// Processors; and what happens to locks and threads when the process forks (POSIX.1-2024, pthread_atfork).
#define _GNU_SOURCE
#include "include/unloop_cpu_process.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

int64_t unloop_cpu_affinity(void) {
    // Larger masks where the kernel knows of more processors than have room in one.
    for (int most = CPU_SETSIZE; most <= 1 << 20; most *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)most);
        if (set == NULL) break;
        const size_t size = CPU_ALLOC_SIZE((size_t)most);
        const int status = sched_getaffinity(0, size, set), error = errno;
        const int count = status == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
        if (error != EINVAL) break;
    }
    const int64_t online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? online : 1;
}

static _Atomic uint32_t generation;
// All locks, in a list; the last one made is the first.
static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct unloop_lock *first;

// All locks are taken while the process is copied, so that what they protect is whole in the child.
static void prepare(void) {
    pthread_mutex_lock(&list_mutex);
    for (struct unloop_lock *lock = first; lock != NULL; lock = lock->next) unloop_lock_take(lock);
}

static void release(void) {
    for (struct unloop_lock *lock = first; lock != NULL; lock = lock->next) unloop_lock_give(lock);
    pthread_mutex_unlock(&list_mutex);
}

static void release_in_child(void) {
    atomic_fetch_add_explicit(&generation, 1, memory_order_release);
    release();
}

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(prepare, release, release_in_child); }

uint32_t unloop_fork_generation(void) { return atomic_load_explicit(&generation, memory_order_acquire); }

static _Atomic uint32_t threads;
// 0 for none yet.
static _Thread_local uint32_t thread_number;

uint32_t unloop_thread_number(void) {
    if (thread_number == 0) thread_number = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
    return thread_number;
}

void unloop_lock_wait(struct unloop_lock *lock) {
    // The holder needs a few nanoseconds if it runs, and a processor if it does not: one that `sched_yield` leaves to
    // threads of no lower priority, and sleeping to all.
    for (int tries = 0; pthread_spin_trylock(&lock->spin) != 0; tries++) {
        if (tries < 100) {
            unloop_cpu_relax();
        } else if (tries < 200) {
            sched_yield();
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
        }
    }
}

void unloop_lock_initialize(struct unloop_lock *lock) {
    pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
    lock->previous = NULL;
    pthread_mutex_lock(&list_mutex);
    lock->next = first;
    if (first != NULL) first->previous = lock;
    first = lock;
    pthread_mutex_unlock(&list_mutex);
}

void unloop_lock_destroy(struct unloop_lock *lock) {
    pthread_mutex_lock(&list_mutex);
    if (lock->previous != NULL) lock->previous->next = lock->next;
    if (lock->next != NULL) lock->next->previous = lock->previous;
    if (first == lock) first = lock->next;
    pthread_mutex_unlock(&list_mutex);
    pthread_spin_destroy(&lock->spin);
}
