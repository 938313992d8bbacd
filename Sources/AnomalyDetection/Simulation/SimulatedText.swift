/// Simulated readings as text in one of the layouts.
///
/// It hands out whole readings, as many at a time as the caller wants.
package struct SimulatedText: Sendable {
    /// The form in which readings are written.
    package let layout: SimulationLayout

    private var simulator: Simulator
    /// The stream whose reading comes next; at the number of streams a new row begins.
    private var stream: Int
    /// The current row's time, written once for all its readings.
    private var timeText: [UInt8] = []
    private let fractionDigitCount: Int
    private let hasStreamColumn: Bool
    private let streamNames: [[UInt8]]
    /// What stands before each value, for each kind of machine.
    private let labels: [MachineKind: [[UInt8]]]
    private let decimals: [MachineKind: [Int]]

    /// The readings of a plan as text.
    ///
    /// Throws ``SimulationFailure/mixedColumns`` for the wide layout and streams of several kinds.
    package init(plan: SimulationPlan, seed: UInt64, layout: SimulationLayout) throws(SimulationFailure) {
        if layout == .wide && plan.commonKind == nil { throw .mixedColumns }
        self.layout = layout
        simulator = Simulator(plan: plan, seed: seed)
        stream = plan.streamCount
        fractionDigitCount = TimestampFormat.fractionDigitCount(plan.start, stepNanoseconds: plan.intervalNanoseconds)
        hasStreamColumn = plan.streamCount > 1
        streamNames = plan.streamNames.map { Array($0.utf8) }
        labels = Self.perKind { channel, index in
            switch layout {
            case .wide: ","
            case .long: ",\(channel.name),"
            case .lineProtocol: "\(channel.name)="
            case .json: ",\"\(channel.name)\":"
            }
        }
        .mapValues { texts in texts.map { Array($0.utf8) } }
        decimals = Self.perKind { channel, _ in channel.decimals }
    }

    /// Writes the header line of the layouts that have one.
    package func appendHeader(to bytes: inout [UInt8]) {
        switch layout {
        case .wide:
            let columns = simulator.plan.channels(of: 0).map(\.name)
            let names = ["timestamp"] + (hasStreamColumn ? ["stream"] : []) + columns
            bytes.append(contentsOf: names.joined(separator: ",").utf8)
            bytes.append(newline)
        case .long:
            bytes.append(contentsOf: "timestamp,stream,channel,value\n".utf8)
        case .lineProtocol, .json:
            break
        }
    }

    /// Writes readings until there are `readingLimit` of them or `byteLimit` bytes are reached.
    ///
    /// - Returns: how many were written; 0 when the simulation is over.
    package mutating func append(readingLimit: Int, byteLimit: Int, to bytes: inout [UInt8]) -> Int {
        var count = 0
        while count < readingLimit && bytes.count < byteLimit {
            if stream == simulator.plan.streamCount {
                guard simulator.advance() else { break }
                stream = 0
                writeTime()
            }
            appendReading(to: &bytes)
            stream += 1
            count += 1
        }
        return count
    }

    private mutating func writeTime() {
        timeText.removeAll(keepingCapacity: true)
        if layout == .lineProtocol {
            NumberText.append(simulator.time.nanoseconds, to: &timeText)
        } else {
            TimestampFormat.append(simulator.time, fractionDigitCount: fractionDigitCount, to: &timeText)
        }
    }

    private func appendReading(to bytes: inout [UInt8]) {
        let kind = simulator.plan.kinds[stream]
        guard let labels = labels[kind], let decimals = decimals[kind] else { return }
        switch layout {
        case .wide: appendWide(decimals, to: &bytes)
        case .long: appendLong(labels, decimals, to: &bytes)
        case .lineProtocol: appendLineProtocol(labels, decimals, to: &bytes)
        case .json: appendJSON(labels, decimals, to: &bytes)
        }
    }

    private func value(_ channel: Int) -> Double {
        simulator.values[stream * MachineKind.channelCount + channel]
    }

    private func appendWide(_ decimals: [Int], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: timeText)
        if hasStreamColumn {
            bytes.append(comma)
            bytes.append(contentsOf: streamNames[stream])
        }
        for channel in 0..<MachineKind.channelCount {
            bytes.append(comma)
            let value = value(channel)
            if !value.isNaN { NumberText.append(value, decimals: decimals[channel], to: &bytes) }
        }
        bytes.append(newline)
    }

    private func appendLong(_ labels: [[UInt8]], _ decimals: [Int], to bytes: inout [UInt8]) {
        for channel in 0..<MachineKind.channelCount {
            let value = value(channel)
            if value.isNaN { continue }
            bytes.append(contentsOf: timeText)
            bytes.append(comma)
            bytes.append(contentsOf: streamNames[stream])
            bytes.append(contentsOf: labels[channel])
            NumberText.append(value, decimals: decimals[channel], to: &bytes)
            bytes.append(newline)
        }
    }

    private func appendLineProtocol(_ labels: [[UInt8]], _ decimals: [Int], to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: streamNames[stream])
        var separator = UInt8(ascii: " ")
        for channel in 0..<MachineKind.channelCount {
            let value = value(channel)
            if value.isNaN { continue }
            bytes.append(separator)
            separator = comma
            bytes.append(contentsOf: labels[channel])
            NumberText.append(value, decimals: decimals[channel], to: &bytes)
        }
        if separator != comma {
            // The line protocol has no point without a field.
            bytes.removeLast(bytes.count - start)
            return
        }
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: timeText)
        bytes.append(newline)
    }

    private func appendJSON(_ labels: [[UInt8]], _ decimals: [Int], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"timestamp\":\"".utf8)
        bytes.append(contentsOf: timeText)
        bytes.append(contentsOf: "\",\"stream\":\"".utf8)
        bytes.append(contentsOf: streamNames[stream])
        bytes.append(UInt8(ascii: "\""))
        for channel in 0..<MachineKind.channelCount {
            bytes.append(contentsOf: labels[channel])
            let value = value(channel)
            if value.isNaN {
                bytes.append(contentsOf: "null".utf8)
            } else {
                NumberText.append(value, decimals: decimals[channel], to: &bytes)
            }
        }
        bytes.append(UInt8(ascii: "}"))
        bytes.append(newline)
    }

    private static func perKind<Value>(
        _ make: (SimulatedChannel, Int) -> Value
    ) -> [MachineKind: [Value]] {
        var result: [MachineKind: [Value]] = [:]
        for kind in MachineKind.allCases {
            result[kind] = kind.channels.enumerated().map { make($1, $0) }
        }
        return result
    }
}

private let comma = UInt8(ascii: ",")
private let newline = UInt8(ascii: "\n")
