import NIOConcurrencyHelpers

/// A value that one caller at a time may look at or change.
///
/// It is a POSIX lock rather than `Synchronization.Mutex`, because the thread sanitizer knows the former: under contention
/// it reports races of a correct program that uses the latter on Linux.
package struct Locked<Value: Sendable>: Sendable {
    private let box: NIOLockedValueBox<Value>

    /// Guards a value.
    package init(_ value: Value) {
        box = NIOLockedValueBox(value)
    }

    /// Lends the value for the length of `body`, which must not wait.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = box.withLockedValue { value -> Swift.Result<Result, Failure> in
            do throws(Failure) {
                return .success(try body(&value))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
