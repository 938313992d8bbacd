import Glibc

/// Reads a file descriptor in chunks, on whatever thread asks; for threads that may block.
///
/// The bytes stay in one buffer that is used again for every chunk.
final class ByteSource: Sendable {
    /// What one reading gave.
    enum Chunk: Sendable, Equatable {
        /// So many bytes are in the buffer.
        case bytes(Int)
        /// Nothing came within the time.
        case nothingYet
        /// The input has ended.
        case end
    }

    /// Why nothing could be read.
    struct Failure: Error, Equatable, CustomStringConvertible {
        var descriptor: Int32
        var code: Int32

        var description: String {
            let advice = code == EISDIR ? " (it is a directory)" : code == EBADF ? " (it is closed)" : ""
            return "file descriptor \(descriptor) cannot be read: error \(code) of errno\(advice)"
        }
    }

    /// 256 KiB: a pipe's 64 KiB several times over, and small beside the caches.
    static let byteCount = 262_144

    private let descriptor: Int32
    private let buffer = Locked([UInt8](repeating: 0, count: ByteSource.byteCount))

    /// A source over a descriptor, which stays the caller's.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Waits for bytes, for so many milliseconds at most, and reads as many as are there, up to a full buffer.
    func read(waitingMilliseconds: Int32) throws(Failure) -> Chunk {
        try buffer.withLock { buffer throws(Failure) in
            var count = 0
            while count < buffer.count {
                // Only the first reading waits: later ones fill the buffer with what is there already.
                guard try isReadable(waitingMilliseconds: count == 0 ? waitingMilliseconds : 0) else { break }
                let result = readOnce(into: &buffer, from: count)
                if result == 0 { return count == 0 ? .end : .bytes(count) }
                if result > 0 {
                    count += result
                } else if errno != EINTR && errno != EAGAIN {
                    // What was read before is handed out first; the error will be there again.
                    if count > 0 { break }
                    throw Failure(descriptor: descriptor, code: errno)
                }
            }
            return count == 0 ? .nothingYet : .bytes(count)
        }
    }

    /// Lends the first bytes of the buffer.
    func withBytes<Result: Sendable>(_ count: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        buffer.withLock { body($0.span.extracting(0..<count)) }
    }

    private func isReadable(waitingMilliseconds: Int32) throws(Failure) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: the call reads and writes the one structure whose count it is given.
        let result = unsafe poll(&request, 1, waitingMilliseconds)
        if result < 0, errno != EINTR { throw Failure(descriptor: descriptor, code: errno) }
        if result > 0, request.revents & Int16(POLLNVAL) != 0 { throw Failure(descriptor: descriptor, code: EBADF) }
        return result > 0
    }

    private func readOnce(into buffer: inout [UInt8], from start: Int) -> Int {
        // SAFETY: the kernel writes at most the bytes from `start` to the end of the buffer, during the call.
        unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe Glibc.read(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
        }
    }
}
