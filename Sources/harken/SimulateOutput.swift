import ArgumentParser
import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Standard output for a program whose reader may stop reading.
struct StandardOutput {
    init() {
        // A write to a pipe that nobody reads then says so instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Writes all bytes; false when nobody reads them any more.
    func write(_ bytes: [UInt8]) throws -> Bool {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            return true
        } catch let error as NSError {
            let cause = (error.userInfo[NSUnderlyingErrorKey] as? NSError) ?? error
            if cause.domain == NSPOSIXErrorDomain && cause.code == Int(EPIPE) { return false }
            throw SimulateFailure("cannot write to standard output: \(cause.localizedDescription)", code: .inputOutput)
        }
    }
}

/// Sends datagrams to one place and waits until the kernel has them.
struct DatagramSender {
    private let channel: any Channel
    private let address: SocketAddress

    /// Opens a socket on a free port of the address's family.
    init(host: String, port: Int) async throws {
        do {
            address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            throw SimulateFailure("cannot find the host \(host): \(error)", code: .noHost)
        }
        // The socket is not connected, so that a receiver that is not there yet is no error.
        let anyAddress = address.protocol == .inet6 ? "::" : "0.0.0.0"
        channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: anyAddress, port: 0).get()
    }

    /// Sends each of the ranges of `bytes` as a datagram.
    func send(_ bytes: [UInt8], _ datagrams: [Range<Int>]) async throws {
        let buffer = channel.allocator.buffer(bytes: bytes)
        for range in datagrams {
            guard let slice = buffer.getSlice(at: range.lowerBound, length: range.count) else { continue }
            let envelope = AddressedEnvelope(remoteAddress: address, data: slice)
            if range.upperBound == bytes.count {
                try await channel.writeAndFlush(envelope).get()
            } else {
                channel.write(envelope, promise: nil)
            }
        }
    }

    func close() async throws {
        try await channel.close().get()
    }
}

/// Why `harken simulate` could not do its work.
struct SimulateFailure: Error, CustomStringConvertible {
    /// Exit codes of sysexits.h.
    enum Code: Int32 {
        case noHost = 68
        case cannotCreate = 73
        case inputOutput = 74
    }

    let description: String
    let code: Code

    init(_ description: String, code: Code) {
        self.description = description
        self.code = code
    }
}
