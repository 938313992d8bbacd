import AnomalyDetection

/// The readings of one stream of a file, in the order of the file, with their labels.
struct LabelledStream: Sendable {
    /// The stream's number among the names of the file.
    let id: StreamID
    /// The time of each reading.
    private(set) var times: [Timestamp] = []
    /// Whether each reading is labelled anomalous; nil where the file has no labels.
    private(set) var labels: [Bool]?
    /// What the detector takes: the same readings, of which several may be parts of one.
    private(set) var batch = ReadingBatch()
    /// For each entry of ``batch`` which reading it is, or is a part of.
    private var readingOfEntry: [Int] = []

    /// A stream without readings yet.
    init(id: StreamID, isLabelled: Bool) {
        self.id = id
        labels = isLabelled ? [] : nil
    }

    /// Adds the entry `index` of another batch, which is a part of the newest reading where `mayContinue` and the time is the
    /// same. A reading is anomalous when any of its parts is.
    mutating func append(_ index: Int, of other: ReadingBatch, isAnomalous: Bool, mayContinue: Bool) {
        let time = other.times[index]
        if mayContinue, times.last == time {
            if isAnomalous { labels?[times.count - 1] = true }
        } else {
            times.append(time)
            labels?.append(isAnomalous)
        }
        readingOfEntry.append(times.count - 1)
        Self.copy(index, of: other, stream: id, into: &batch)
    }

    /// Entries of the batch as a batch of their own, under the stream's number.
    func batch(of entries: Range<Int>) -> ReadingBatch {
        var part = ReadingBatch()
        for index in entries { Self.copy(index, of: batch, stream: id, into: &part) }
        return part
    }

    // A method of the stream would hold on to its batch and have it copied with every reading.
    private static func copy(_ index: Int, of source: ReadingBatch, stream: StreamID, into target: inout ReadingBatch) {
        for cell in source.cells(of: index) {
            target.appendCell(channel: Int(source.channels[cell]), value: source.values[cell])
        }
        target.endReading(stream: stream, time: source.times[index])
    }

    /// The values of one channel, reading by reading; NaN where missing.
    func values(ofChannel channel: Int) -> [Double] {
        var values = [Double](repeating: .nan, count: times.count)
        for entry in 0..<batch.count {
            for cell in batch.cells(of: entry) where batch.channels[cell] == channel {
                values[readingOfEntry[entry]] = batch.values[cell]
            }
        }
        return values
    }
}
