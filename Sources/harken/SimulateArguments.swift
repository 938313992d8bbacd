import AnomalyDetection
import ArgumentParser
import Foundation

extension SimulateCommand {
    /// What the simulated streams are streams of.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case pump
        case motor
        case room
        case mixed

        var machines: [MachineKind] {
            switch self {
            case .pump: [.pump]
            case .motor: [.motor]
            case .room: [.room]
            case .mixed: MachineKind.allCases
            }
        }
    }
}

extension SimulationLayout: ExpressibleByArgument {}

/// A duration on the command line, such as `250ms` or `1h30m`; more than 0.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let nanoseconds: Int64

    init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    init?(argument: String) {
        guard let nanoseconds = DurationNotation.nanoseconds(argument), nanoseconds > 0 else { return nil }
        self.nanoseconds = nanoseconds
    }

    var description: String {
        nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds)ns"
    }
}

/// The time at which a simulation starts: ISO 8601, seconds since the epoch, or `now`.
struct StartArgument: ExpressibleByArgument, CustomStringConvertible {
    /// 2026-01-01T00:00:00Z: fixed, so that the output is the same every time.
    static let usual = StartArgument(timestamp: Timestamp(nanoseconds: 1_767_225_600_000_000_000))

    let timestamp: Timestamp

    private init(timestamp: Timestamp) {
        self.timestamp = timestamp
    }

    init?(argument: String) {
        if argument == "now" {
            timestamp = Timestamp(seconds: Date.now.timeIntervalSince1970.rounded())
        } else if let seconds = Double(argument), abs(seconds) < 9e9 {
            timestamp = Timestamp(seconds: seconds)
        } else if let date = try? Date(argument, strategy: .iso8601) {
            timestamp = Timestamp(seconds: date.timeIntervalSince1970)
        } else {
            return nil
        }
    }

    var description: String { TimestampFormat.text(timestamp) }
}

/// Where datagrams go: `HOST:PORT`, with brackets around an IPv6 address.
struct EndpointArgument: ExpressibleByArgument {
    let host: String
    let port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (1...65535).contains(port)
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }
}
