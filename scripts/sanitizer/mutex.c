// Tells ThreadSanitizer about the slow paths of Swift's Synchronization.Mutex: a library to preload.
//
// On Linux the fast paths of the mutex are inlined into programs, where ThreadSanitizer sees their atomics; the slow
// paths, taken when threads meet, lie in libswiftSynchronization, which is not compiled for it. Without this library
// every contended mutex looks like a race.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// Absent where a program runs without ThreadSanitizer, such as `swift test` itself.
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT_METHOD __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

typedef SWIFT_METHOD void (*lock_slow_function)(uint32_t thread, SWIFT_SELF void *handle);
typedef SWIFT_METHOD void (*unlock_slow_function)(SWIFT_SELF void *handle);

SWIFT_METHOD void lock_slow(uint32_t thread, SWIFT_SELF void *handle) __asm__(LOCK_SLOW);
SWIFT_METHOD void unlock_slow(SWIFT_SELF void *handle) __asm__(UNLOCK_SLOW);

SWIFT_METHOD void lock_slow(uint32_t thread, SWIFT_SELF void *handle) {
    static _Atomic(lock_slow_function) next = NULL;
    if (!next) next = (lock_slow_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    next(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT_METHOD void unlock_slow(SWIFT_SELF void *handle) {
    static _Atomic(unlock_slow_function) next = NULL;
    if (!next) next = (unlock_slow_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
    if (__tsan_release) __tsan_release(handle);
    next(handle);
}
