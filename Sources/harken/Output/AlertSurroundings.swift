import AnomalyDetection
import Storage

/// The readings of an alert, and some before and after it.
struct AlertSurroundings {
    /// The readings, oldest first.
    let readings: ReadingHistory
    /// Which of them lie within the alert.
    let during: Range<Int>
    /// Whether the alert has more readings than were fetched.
    let isCut: Bool
    /// The names of the channels.
    let channels: [String]

    /// Readings before and after that are shown at least, where there are any.
    private static let usualMargin = 30
    /// Readings of the alert that are fetched at most: plenty for a picture, and little to load.
    private static let readingLimit = 20_000

    /// Fetches them; before and after there are as many as half of the alert has.
    init(of record: AlertRecord, in store: Store) async throws {
        let alert = record.alert
        let end = record.lastKnownTime
        let fetched = try await store.readings(
            of: alert.stream, from: alert.startedAt, through: end, limit: Self.readingLimit + 1)
        isCut = fetched.count > Self.readingLimit
        let margin = max(Self.usualMargin, min(fetched.count, Self.readingLimit) / 2)
        var all = try await store.history(
            of: alert.stream, through: alert.startedAt.advanced(byNanoseconds: -1), limit: margin)
        let start = all.count
        all.append(fetched.prefix(Self.readingLimit))
        during = start..<all.count
        if !isCut {
            all.append(
                try await store.readings(
                    of: alert.stream, from: end.advanced(byNanoseconds: 1), through: Timestamp(nanoseconds: .max),
                    limit: margin))
        }
        readings = all
        channels = try await store.channelNames(of: alert.stream)
    }
}
