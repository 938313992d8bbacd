package import AnomalyDetection
package import Storage

/// What a database has of the time around an alert or a reading, and what it does not have any more.
package struct AlertScene: Sendable {
    /// How the readings went.
    package let course: AlertCourse
    /// The readings that the course is made of, without those that only lead up to them.
    package let readings: ReadingHistory
    /// The names of the channels, in the stream's order.
    package let channels: [String]
    /// Whether the alert has more readings than are shown.
    package let isCut: Bool
    /// What keeps the picture from being whole, in sentences.
    package let obstacles: [String]

    /// Readings before and after that are shown at least, where there are any.
    private static let usualMargin = 60
    /// Readings of the alert that are shown at most: plenty for a picture, and little to load.
    private static let readingLimit = 20_000

    /// The time of an alert; before and after it there are half as many readings as it has.
    package init(of record: AlertRecord, through end: Timestamp, in store: Store, _ reader: ModelReader) async throws {
        let alert = record.alert
        let during = try await store.readings(
            of: alert.stream, from: alert.startedAt, through: end, limit: Self.readingLimit + 1)
        let isCut = during.count > Self.readingLimit
        let margin = max(Self.usualMargin, min(during.count, Self.readingLimit) / 2)
        try await self.init(
            of: alert.stream, around: during.prefix(Self.readingLimit), start: alert.startedAt, end: end,
            margins: (margin, isCut ? 0 : margin), isCut: isCut, subject: AlertCourse.Subject(alert, through: end),
            in: store, reader)
    }

    /// The time of a reading.
    package init(
        ofReadingAt time: Timestamp, of stream: StreamID, contributions: [ChannelContribution], threshold: Double?,
        in store: Store, _ reader: ModelReader
    ) async throws {
        let reading = try await store.readings(of: stream, from: time, through: time, limit: 1)
        try await self.init(
            of: stream, around: reading, start: time, end: time, margins: (2 * Self.usualMargin, Self.usualMargin),
            isCut: false,
            subject: AlertCourse.Subject(readingAt: time, contributions: contributions, threshold: threshold),
            in: store, reader)
    }

    private init(
        of stream: StreamID, around during: ReadingHistory, start: Timestamp, end: Timestamp,
        margins: (before: Int, after: Int), isCut: Bool, subject: AlertCourse.Subject, in store: Store,
        _ reader: ModelReader
    ) async throws {
        self.isCut = isCut
        var all = try await store.history(
            of: stream, through: start.advanced(byNanoseconds: -1), limit: margins.before + ExpectedCourse.leadCount)
        let first = max(0, all.count - margins.before)
        all.append(during)
        if margins.after > 0 {
            all.append(
                try await store.readings(
                    of: stream, from: end.advanced(byNanoseconds: 1), through: Timestamp(nanoseconds: .max),
                    limit: margins.after))
        }
        channels = try await store.channelNames(of: stream)
        let needed = Set(all.modelIDs[first...]).subtracting([0]).sorted()
        var models: [Int64: StreamModel] = [:]
        var obstacles: [String] = []
        if all.count == first { obstacles.append("The readings are not stored any more.") }
        for id in needed {
            do {
                guard let record = try await store.model(id) else { throw MissingModel() }
                models[id] = try await reader.model(record)
            } catch {
                let version = try await store.model(id)?.version
                let name = version.map { "Model version \($0)" } ?? "The model"
                let cause =
                    error is MissingModel ? "is not stored any more" : "cannot be read (\(error))"
                obstacles.append("\(name) \(cause), so what it expected is shown at the peak alone.")
            }
        }
        self.obstacles = obstacles
        course = AlertCourse(all, from: first, names: channels, models: models, subject: subject)
        readings = all.suffix(from: first)
    }
}
