import Glibc

/// A datagram socket to the service manager, at a path or at an abstract name.
struct NotifySocket: ~Copyable {
    /// Why a message could not be sent.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case badAddress(String)
        case system(call: String, code: Int32)

        var description: String {
            switch self {
            case .badAddress(let text):
                "\(text) is no address of a notification socket; expected an absolute path, or @ and a name"
            case .system(let call, let code): "\(call) failed with error \(code) of errno"
            }
        }
    }

    private let descriptor: Int32
    private let address: sockaddr_un
    private let addressLength: socklen_t

    /// A socket that sends to this address, as `$NOTIFY_SOCKET` has it; nothing is sent yet.
    init(address text: String) throws(Failure) {
        var name = Array(text.utf8)
        // An abstract name is not in the file system: a zero byte takes the place of the `@`, and its length is what
        // counts.
        let isAbstract = name.first == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        let isPath = name.first == UInt8(ascii: "/") && !name.contains(0)
        var address = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard isAbstract && name.count > 1 && name.count <= capacity || isPath && name.count < capacity else {
            throw .badAddress(text)
        }
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the bytes of the C array are plain memory of `capacity` bytes, and `name` was checked to fit.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.enumerated() { unsafe path[index] = byte }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", code: errno) }
        let terminator = isAbstract ? 0 : 1
        let offset = MemoryLayout<sockaddr_un>.size - capacity
        self.descriptor = descriptor
        self.address = address
        addressLength = socklen_t(offset + name.count + terminator)
    }

    deinit {
        close(descriptor)
    }

    /// Sends one datagram; waits only while the manager's own queue is full.
    func send(_ message: String) throws(Failure) {
        let bytes = Array(message.utf8)
        var sent = -1
        repeat {
            // SAFETY: both pointers are valid for the call, with the lengths given; `sockaddr_un` begins as
            // `sockaddr` does,
            // and the kernel reads `addressLength` bytes of it, which the initializer bounded by its size.
            sent = unsafe withUnsafePointer(to: address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, addressLength)
                }
            }
        } while sent < 0 && errno == EINTR
        guard sent == bytes.count else { throw .system(call: "sendto", code: errno) }
    }
}
