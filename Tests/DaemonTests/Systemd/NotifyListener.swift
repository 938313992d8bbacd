import Foundation
import Glibc

/// A datagram socket on which a test hears what would go to systemd.
final class NotifyListener {
    let address: String
    private let descriptor: Int32

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// A socket at a path of its own, or at an abstract name.
    init(isAbstract: Bool) throws {
        let name = "harken-\(UUID().uuidString.prefix(8))"
        address = isAbstract ? "@\(name)" : "/tmp/\(name).sock"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array((isAbstract ? "\0\(name)" : address).utf8)
        // SAFETY: the name is shorter than the 108 bytes of the array, and `bind` reads the length that it is given.
        let result = unsafe withUnsafeMutablePointer(to: &place) { place in
            unsafe withUnsafeMutableBytes(of: &place.pointee.sun_path) { path in unsafe path.copyBytes(from: bytes) }
            return unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                unsafe bind(descriptor, place, socklen_t(2 + bytes.count + (isAbstract ? 0 : 1)))
            }
        }
        guard result == 0 else { throw Failure(call: "bind", code: errno) }
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        // SAFETY: the kernel reads one timeval during the call.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        if address.hasPrefix("/") { try? FileManager.default.removeItem(atPath: address) }
    }

    /// The next datagram.
    func receive() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        // SAFETY: the kernel writes at most `bytes.count` bytes during the call.
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure(call: "recv", code: errno) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Whether a datagram waits.
    var hasMore: Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: the call reads and writes the one structure.
        return unsafe poll(&request, 1, 0) > 0
    }
}
