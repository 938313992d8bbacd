import AnomalyDetection

/// A reading with its names in place of numbers, so that what two decoders made of an input can be compared.
struct DecodedReading: Equatable, CustomStringConvertible {
    struct Cell: Equatable, CustomStringConvertible {
        var channel: String
        /// The bits of the value, so that a missing one equals itself; every NaN has the same.
        var bits: UInt64

        init(_ channel: String, _ value: Double) {
            self.channel = channel
            bits = value.isNaN ? Double.nan.bitPattern : value.bitPattern
        }

        var description: String { "\(channel)=\(Double(bitPattern: bits))" }
    }

    var stream: String
    var nanoseconds: Int64
    var cells: [Cell]

    init(_ stream: String, _ nanoseconds: Int64, _ cells: [Cell]) {
        self.stream = stream
        self.nanoseconds = nanoseconds
        self.cells = cells
    }

    var description: String { "\(stream) @\(nanoseconds) \(cells)" }
}

/// What decoding an input gave.
struct Decoded {
    var batch = ReadingBatch()
    var streams = StreamTable()
    var rejections = RejectionTally()

    init(streamLimit: Int = 100_000) {
        streams = StreamTable(streamLimit: streamLimit)
    }

    var readings: [DecodedReading] {
        (0..<batch.count).map { reading in
            let stream = batch.streams[reading]
            return DecodedReading(
                streams.name(of: stream), batch.times[reading].nanoseconds,
                batch.cells(of: reading).map {
                    DecodedReading.Cell(streams.channels(of: stream)[Int(batch.channels[$0])], batch.values[$0])
                })
        }
    }

    /// The reasons of the rejections, each as often as it occurred.
    var reasons: [RejectionReason] {
        rejections.countsByReason.flatMap { Array(repeating: $0.reason, count: $0.count) }
    }

    /// Whether each cell has a channel and a stream that the table knows, and no reading has a channel twice.
    var isConsistent: Bool {
        guard batch.times.count == batch.count, batch.cellEnds.count == batch.count,
            batch.cellEnds.last ?? 0 == batch.values.count, batch.channels.count == batch.values.count
        else { return false }
        return (0..<batch.count).allSatisfy { reading in
            let cells = batch.cells(of: reading)
            let channels = cells.map { Int(batch.channels[$0]) }
            let count = streams.channels(of: batch.streams[reading]).count
            return !cells.isEmpty && channels.allSatisfy { $0 >= 0 && $0 < count }
                && Set(channels).count == channels.count
                && cells.allSatisfy { !batch.values[$0].isInfinite }
        }
    }

    mutating func lines(_ text: String, precision: LineProtocolDecoder.Precision = .nanoseconds) {
        let bytes = Array(text.utf8)
        var decoder = LineProtocolDecoder(precision: precision)
        decoder.decode(
            bytes.span, receivedAt: Decoded.receivedAt, into: &batch, streams: &streams, rejections: &rejections)
    }

    mutating func json(_ text: String, receivedAt: Timestamp? = Decoded.receivedAt) {
        let bytes = Array(text.utf8)
        var decoder = JSONLinesDecoder()
        decoder.decode(bytes.span, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
    }

    mutating func datagram(_ text: String) {
        let bytes = Array(text.utf8)
        var decoder = DatagramDecoder()
        decoder.decode(
            bytes.span, receivedAt: Decoded.receivedAt, into: &batch, streams: &streams, rejections: &rejections)
    }

    mutating func csv(_ text: String, options: CSVOptions = CSVOptions(), recordByteLimit: Int = 65_536) {
        csv(Array(text.utf8), cutAt: [], options: options, recordByteLimit: recordByteLimit)
    }

    /// Decodes CSV that comes in chunks which end at these places.
    mutating func csv(
        _ bytes: [UInt8], cutAt cuts: [Int], options: CSVOptions = CSVOptions(), recordByteLimit: Int = 65_536
    ) {
        var decoder = CSVStreamDecoder(options: options, recordByteLimit: recordByteLimit)
        var start = 0
        for end in cuts + [bytes.count] {
            decoder.decode(
                bytes.span.extracting(start..<end), into: &batch, streams: &streams, rejections: &rejections)
            start = end
        }
        decoder.finish(into: &batch, streams: &streams, rejections: &rejections)
    }

    /// When the tests' datagrams were received: 2001-09-09T01:46:40Z.
    static let receivedAt = Timestamp(nanoseconds: 1_000_000_000_000_000_000)
}
