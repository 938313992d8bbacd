/// Why datagrams cannot be received.
package enum UDPIngestFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address cannot be listened at.
    case cannotListen(address: NetworkAddress, cause: String)

    package var description: String {
        switch self {
        case .cannotListen(let address, let cause):
            "cannot listen at udp \(address): \(cause); another program may have the port, or the address is not this machine's"
        }
    }
}
