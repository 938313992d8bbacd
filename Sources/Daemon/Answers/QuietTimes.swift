package import AnomalyDetection
package import Storage

/// Says whether anybody is to be told of an alert: not under a silence, and not while the stream is worked on.
package struct QuietTimes: Sendable, Equatable {
    private let silences: [QuietPeriod]
    private let maintenance: [QuietPeriod]

    /// The times that people have named; none by default.
    package init(_ answers: Answers = Answers()) {
        silences = answers.silences
        maintenance = answers.maintenance
    }

    /// What holds back an alert, such as `silence 3`; nil where nothing does.
    ///
    /// A silence is about people, so the wall clock counts, `now`. Maintenance is about the machine, so the stream's own time
    /// counts, `streamTime`.
    package func reason(stream: String, streamTime: Timestamp, now: Timestamp) -> String? {
        if let silence = silences.first(where: { $0.includes(now) && $0.streams.matches(stream) }) {
            return "silence \(silence.id)"
        }
        let work = maintenance.first { $0.includes(streamTime) && $0.streams.matches(stream) }
        return work.map { "maintenance \($0.id)" }
    }
}
