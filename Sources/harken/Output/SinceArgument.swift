import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation

/// A moment in the past: how long ago (`7d`), or when (`2026-01-31`, `2026-01-31T12:30:00Z`, seconds since 1970).
struct SinceArgument: ExpressibleByArgument {
    /// What was meant.
    private enum Meaning: Equatable {
        case ago(nanoseconds: Int64)
        case at(Timestamp)
    }

    private let meaning: Meaning

    init?(argument: String) {
        if let duration = DurationText.parse(argument) {
            meaning = .ago(nanoseconds: duration.wholeNanoseconds)
        } else if let seconds = Double(argument), seconds.isFinite {
            meaning = .at(Timestamp(seconds: seconds))
        } else if let time = Self.date(argument) {
            meaning = .at(time)
        } else {
            return nil
        }
    }

    /// The moment, seen from now.
    func timestamp(now: Date) -> Timestamp {
        switch meaning {
        case .ago(let nanoseconds):
            Timestamp(seconds: now.timeIntervalSince1970).advanced(byNanoseconds: -nanoseconds)
        case .at(let time): time
        }
    }

    /// ISO 8601, with the time or without it, and in UTC where no zone is named.
    private static func date(_ text: String) -> Timestamp? {
        let whole = Date.ISO8601FormatStyle()
        for candidate in [text, text + "Z", text + "T00:00:00Z"] {
            for style in [
                whole, whole.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .colon),
            ] {
                if let date = try? Date(candidate, strategy: style) {
                    return Timestamp(seconds: date.timeIntervalSince1970)
                }
            }
        }
        return nil
    }
}
