import NIOCore

/// What the kernel says of a socket's memory: `SO_MEMINFO`, Linux 4.12 and later.
struct UDPSocketMemory: Sendable, Equatable {
    /// The number of the option; the C library's headers that Swift sees do not have it (`asm-generic/socket.h`).
    private static let optionNumber: CInt = 55

    /// Bytes that wait to be read, with the kernel's own overhead.
    var waitingByteCount: Int
    /// Bytes that may wait, with the kernel's own overhead: twice what `SO_RCVBUF` was set to.
    var receiveBufferByteCount: Int
    /// Datagrams that were dropped since the socket was opened because the buffer was full.
    var dropCount: UInt32

    /// Asks the kernel about a channel's socket.
    static func read(of channel: any Channel) -> EventLoopFuture<UDPSocketMemory> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        // The places in the array are those of `linux/sock_diag.h`: 0 rmem_alloc, 1 rcvbuf, 8 drops.
        let values: EventLoopFuture<InlineArray<9, UInt32>> = provider.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: optionNumber))
        return values.map { values in
            UDPSocketMemory(
                waitingByteCount: Int(values[0]), receiveBufferByteCount: Int(values[1]), dropCount: values[8])
        }
    }
}
