import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage

/// What `harken silence` and `harken maintenance` have in common: times of which some streams' alerts are not told.
struct QuietPeriodOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The streams, such as 'pump-*'; without it all such times are listed.", valueName: "glob"))
    var pattern: String?

    @OptionGroup var location: DatabaseOption

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long, such as 2h; without it until it is ended.", valueName: "duration"))
    var duration: String?

    @Option(
        help: ArgumentHelp(
            "When it begins, such as 2026-01-31T08:00:00Z, or how long ago, such as 30m; by default now.",
            valueName: "time"))
    var from: SinceArgument?

    @Option(help: "A word on why, for people.")
    var reason: String?

    @Option(help: ArgumentHelp("End the one with this number now.", valueName: "id"))
    var end: Int64?

    func validate() throws {
        if let duration, DurationText.parse(duration) == nil {
            throw ValidationError("--for is \(duration); it has to be a duration such as 30m, 2h or 7d")
        }
        if pattern != nil, end != nil {
            throw ValidationError("a glob adds a time and --end ends one; give one of them")
        }
        if pattern == nil, duration != nil || from != nil || reason != nil {
            throw ValidationError("which streams? Give a glob, such as 'pump-*', or '*' for all")
        }
    }

    /// Lists, adds or ends, as the options say; `word` is what such a time is called.
    func run(_ kind: QuietPeriod.Kind, word: String) async throws {
        if let end {
            try await location.answer { writer in
                guard try writer.end(kind, end, at: WallClock.now()) else {
                    throw DatabaseOption.missing("there is no \(word) \(end) that has not ended")
                }
                print("\(word) \(end) has ended")
            }
        } else if let pattern {
            try await location.answer { writer in
                let now = WallClock.now()
                let start = from?.timestamp(now: .now) ?? now
                let length = duration.flatMap(DurationText.parse)
                let id = try writer.add(
                    kind, streamPattern: pattern, start: start,
                    end: length.map { start.advanced(byNanoseconds: $0.wholeNanoseconds) }, reason: reason,
                    at: now)
                print("\(word) \(id): \(pattern)" + (length == nil ? ", until `harken \(word) --end \(id)`" : ""))
            }
        } else {
            try await location.read { store in
                let answers = try await store.answers()
                let periods =
                    switch kind {
                    case .silence: answers.silences
                    case .maintenance: answers.maintenance
                    }
                Self.table(periods, now: WallClock.now(), on: .standardOutput).forEach { print($0) }
            }
        }
    }

    private static func table(_ periods: [QuietPeriod], now: Timestamp, on terminal: Terminal) -> [String] {
        guard !periods.isEmpty else { return ["none"] }
        var table = TextTable([
            .number("ID"), .text("STREAMS"), .text("STATE"), .text("FROM"), .text("UNTIL"), .text("WHY"),
        ])
        for period in periods {
            let state = period.includes(now) ? "active" : period.start > now ? "to come" : "ended"
            table.append(
                [
                    "\(period.id)", period.streams.text, state, Phrase.time(period.start),
                    period.end.map { Phrase.time($0) } ?? Phrase.nothing, period.reason ?? Phrase.nothing,
                ], style: period.includes(now) ? .bold : .plain)
        }
        return table.lines(on: terminal)
    }
}
