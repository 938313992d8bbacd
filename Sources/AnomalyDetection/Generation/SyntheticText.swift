/// Synthetic readings as CSV in the wide layout: the time and a column a channel, and perhaps one for a step before them.
package struct SyntheticText: Sendable {
    private let start: Timestamp
    private let interval: Int64
    private let fractionDigitCount: Int

    /// The text of readings that begin at a time and come every so many nanoseconds.
    package init(start: Timestamp, interval: Int64) {
        self.start = start
        self.interval = interval
        fractionDigitCount = TimestampFormat.fractionDigitCount(start, stepNanoseconds: interval)
    }

    /// Writes the header line; `stepColumn` is the name of a column before the time.
    package func appendHeader(stepColumn: String? = nil, channels: [String], to bytes: inout [UInt8]) {
        let columns = (stepColumn.map { [$0] } ?? []) + ["timestamp"] + channels
        bytes.append(contentsOf: columns.map(Self.field).joined(separator: ",").utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Writes the reading with this number, counted from zero; a channel that is NaN is left empty.
    package func append(_ values: [Double], number: Int, step: Int? = nil, to bytes: inout [UInt8]) {
        if let step { bytes.append(contentsOf: "\(step),".utf8) }
        let (offset, overflow) = interval.multipliedReportingOverflow(by: Int64(number))
        TimestampFormat.append(
            start.advanced(byNanoseconds: overflow ? .max : offset), fractionDigitCount: fractionDigitCount,
            to: &bytes)
        for value in values {
            bytes.append(UInt8(ascii: ","))
            guard !value.isNaN else { continue }
            if let whole = Int32(exactly: value) {
                bytes.append(contentsOf: whole.description.utf8)
            } else {
                bytes.append(contentsOf: value.description.utf8)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A name as a field of CSV, in quotes where it needs them (RFC 4180).
    private static func field(_ name: String) -> String {
        let needsQuotes = name.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
        guard needsQuotes else { return name }
        return "\"" + name.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}
