extension SimulationPlan {
    /// Adds a fault that is written as `KIND@TIME:STREAM.CHANNEL[+DURATION][*MAGNITUDE]`.
    ///
    /// KIND is the raw value of a ``FaultShape``. TIME is a duration since the start of the simulation; the fault begins
    /// with the first row at or after it. DURATION and MAGNITUDE are as ``SimulatedFault`` says, and usual ones where they
    /// are left out. An example: `level_shift@15m:pump-1.pressure+60s*4`.
    package mutating func inject(text: String) throws(SimulationFailure) {
        let (shapeText, afterShape) = Self.split(text, at: "@")
        guard let shape = FaultShape(rawValue: shapeText), SimulatedFault.shapes.contains(shape) else {
            let known = SimulatedFault.shapes.map(\.rawValue).joined(separator: ", ")
            throw .malformedFault(text: text, problem: "'\(shapeText)' is no kind of fault, the kinds are \(known)")
        }
        let (timeText, afterTime) = Self.split(afterShape ?? "", at: ":")
        guard let time = DurationNotation.nanoseconds(timeText), let afterTime else {
            throw .malformedFault(
                text: text, problem: "'\(timeText)' is no time since the start with its unit, such as 600s")
        }
        let target = afterTime.prefix { $0 != "+" && $0 != "*" }
        var rest = afterTime.dropFirst(target.count)
        let (streamName, channelName) = Self.split(String(target), at: ".")
        guard let channelName else {
            throw .malformedFault(text: text, problem: "'\(target)' does not name a channel of a stream")
        }
        let stream = try stream(named: streamName)
        let channel = try channel(named: channelName, of: stream)

        var rowCount = shape.usualRowCount
        var magnitude: Double?
        while let mark = rest.first {
            let part = rest.dropFirst().prefix { $0 != "*" && (mark == "*" || $0 != "+") }
            rest = rest.dropFirst(1 + part.count)
            if mark == "+" {
                guard let duration = DurationNotation.nanoseconds(part), duration > 0 else {
                    throw .malformedFault(text: text, problem: "'\(part)' is no duration with its unit, such as 60s")
                }
                rowCount = self.rows(in: duration)
            } else {
                guard let number = Double(part), number.isFinite else {
                    throw .malformedFault(text: text, problem: "'\(part)' is no number")
                }
                magnitude = number
            }
        }
        let first = rows(in: time)
        let end = first.addingReportingOverflow(rowCount)
        try inject(
            SimulatedFault(
                shape: shape, stream: stream, channel: channel, rows: first..<(end.overflow ? .max : end.partialValue),
                magnitude: magnitude))
    }

    /// How many rows begin within a duration, the first one at its start.
    private func rows(in nanoseconds: Int64) -> Int {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: intervalNanoseconds)
        return Int(quotient) + (remainder > 0 ? 1 : 0)
    }

    private func stream(named name: String) throws(SimulationFailure) -> Int {
        // A name ends with its number, so no search is needed.
        if let dash = name.lastIndex(of: "-"), let number = Int(name[name.index(after: dash)...]),
            (1...streamCount).contains(number), streamNames[number - 1] == name
        {
            return number - 1
        }
        let known = streamCount > 3 ? streamNames[..<3] + ["… \(streamNames[streamCount - 1])"] : streamNames[...]
        throw .unknownStream(name, known: known.joined(separator: ", "))
    }

    private func channel(named name: String, of stream: Int) throws(SimulationFailure) -> Int {
        let names = channels(of: stream).map(\.name)
        guard let channel = names.firstIndex(of: name) else {
            throw .unknownChannel(name, stream: streamNames[stream], known: names)
        }
        return channel
    }

    private static func split(_ text: String, at mark: Character) -> (before: String, after: String?) {
        guard let index = text.firstIndex(of: mark) else { return (text, nil) }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }
}
