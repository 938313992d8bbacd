#include "allocation_counter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_OWN_ALLOCATOR)

// A definition in the executable goes before the library's own (ELF interposition), for every caller in the process. The
// counters are thread-local, so tests that run beside each other do not see each other's allocations.
static _Thread_local uint64_t count;
static _Thread_local bool traps_on_allocation;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static void note(void) {
    count += 1;
    if (traps_on_allocation) {
        traps_on_allocation = false;
        __builtin_trap();
    }
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    note();
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    note();
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *result = __libc_memalign(alignment, size);
    if (result == NULL) return ENOMEM;
    *block = result;
    return 0;
}

void free(void *block) { __libc_free(block); }

bool harken_allocation_counter_is_available(void) { return true; }
uint64_t harken_allocation_count(void) { return count; }
void harken_trap_on_allocation(bool traps) { traps_on_allocation = traps; }

#else

bool harken_allocation_counter_is_available(void) { return false; }
uint64_t harken_allocation_count(void) { return 0; }
void harken_trap_on_allocation(bool traps) { (void)traps; }

#endif
