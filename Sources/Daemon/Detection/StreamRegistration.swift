import AnomalyDetection
import Storage

/// Remembers which streams and channels the database knows, so that new ones are declared with their first readings.
struct StreamRegistration {
    private var declaredChannelCounts: [Int]

    /// A registration of what was loaded from the database.
    init(known streams: [StreamRecord]) {
        declaredChannelCounts = streams.map(\.channels.count)
    }

    /// What has to be declared so that these streams' readings can be stored: streams are numbered without holes, so those
    /// with lower numbers come along.
    mutating func newRecords(for streams: [StreamID], in table: SharedStreamTable) -> [StreamRecord] {
        guard let highest = streams.max() else { return [] }
        return table.withTable { table in
            var records: [StreamRecord] = []
            var pending = streams.filter { $0.index < declaredChannelCounts.count }
            if highest.index >= declaredChannelCounts.count {
                pending += (declaredChannelCounts.count...highest.index).map { StreamID($0) }
                declaredChannelCounts += Array(repeating: -1, count: highest.index + 1 - declaredChannelCounts.count)
            }
            for stream in pending {
                let channels = table.channels(of: stream)
                guard channels.count != declaredChannelCounts[stream.index] else { continue }
                declaredChannelCounts[stream.index] = channels.count
                records.append(StreamRecord(id: stream, name: table.name(of: stream), channels: channels))
            }
            return records
        }
    }
}
