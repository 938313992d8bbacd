import CAllocationCounter

/// Counts the heap allocations of the calling thread.
package enum AllocationCounter {
    /// Whether allocations can be counted: not under a sanitizer, which brings an allocator of its own.
    package static var isAvailable: Bool { harken_allocation_counter_is_available() }

    /// The number of heap allocations that the calling thread makes while `body` runs.
    package static func allocations(during body: () throws -> Void) rethrows -> Int {
        let before = harken_allocation_count()
        try body()
        return Int(harken_allocation_count() - before)
    }
}
