// Counts the calling thread's heap allocations by standing in front of the C library's allocator.

#ifndef HARKEN_ALLOCATION_COUNTER_H
#define HARKEN_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations can be counted: not under a sanitizer, which has an allocator of its own, and only with glibc.
bool harken_allocation_counter_is_available(void);

/// The heap allocations that the calling thread has made so far: calls of malloc, calloc, realloc and their aligned kin.
uint64_t harken_allocation_count(void);

/// From now on the calling thread's next allocation stops in the debugger; for finding who allocates.
void harken_trap_on_allocation(bool traps);

#endif
