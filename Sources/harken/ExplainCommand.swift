import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage

/// `harken explain`: why an alert fired, or why none did.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Tells why an alert fired, or why none did at a moment, and draws what was read against what was expected.",
        discussion: """
            Reads the database only, so it works whether a daemon runs or not.

            Examples: harken explain 7 --svg alert-7.svg
                      harken explain --stream pump-1 --at 2026-01-31T12:30:00Z
                      harken explain --stream pump-1 --at now
            """)

    @Argument(help: "The alert's number, as in the column ID of `harken alerts`.")
    var id: Int64?

    @Option(help: ArgumentHelp("Tell of a reading of this stream why it began no alert.", valueName: "stream"))
    var stream: String?

    @Option(
        help: ArgumentHelp(
            "Which reading: the newest at or before this time, in ISO 8601, seconds since 1970, or now.",
            valueName: "time"))
    var at: MomentArgument?

    @Option(
        help: ArgumentHelp(
            "Also draw it into this file as SVG; - writes that to standard output and nothing else.", valueName: "file")
    )
    var svg: String?

    @OptionGroup var location: DatabaseOption

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws {
        guard (id == nil) != (stream == nil), (stream == nil) == (at == nil) else {
            throw ValidationError("Name an alert by its number, or a stream and a time with --stream and --at.")
        }
        guard !json || svg != "-" else {
            throw ValidationError("Only one of --json and --svg - can go to standard output.")
        }
    }

    func run() async throws {
        try await location.read { store in
            if let id {
                try await explain(id, store)
            } else if let stream, let at {
                try await explain(stream, at.timestamp(now: Date()), store)
            }
        }
    }

    private func explain(_ id: Int64, _ store: Store) async throws {
        guard let record = try await store.alert(id) else {
            throw DatabaseOption.missing("there is no alert \(id) in \(store.path); see `harken alerts`")
        }
        let reader = ModelReader(store: store)
        let scene = try await AlertScene(of: record, through: record.lastKnownTime, in: store, reader)
        let evidence = try await AlertEvidence(of: record, in: store, reader)
        if let svg {
            let words = AlertWords(
                record.alert, stream: record.streamName, through: record.lastKnownTime, settled: record.settledExtent,
                course: scene.course)
            let chart = AlertChart(
                scene.course, title: words.title, sentences: words.lines + evidence.sentences + scene.obstacles,
                focus: "peak")
            try write(chart, to: svg)
            guard svg != "-" else { return }
        }
        if json {
            print(try JSONOutput.text(AlertExplanationDocument(record, scene, evidence)))
        } else {
            AlertExplanationText(record: record, scene: scene, evidence: evidence, terminal: .standardOutput)
                .lines.forEach { print($0) }
        }
    }

    private func explain(_ name: String, _ time: Timestamp, _ store: Store) async throws {
        let streams = try await store.streamSummaries().map(\.stream)
        guard let stream = streams.first(where: { $0.name == name }) else {
            let nearest = NearestName.nearest(to: name, in: streams.map(\.name)).map {
                "; did you mean \(Phrase.printable($0))?"
            }
            throw DatabaseOption.missing(
                "no reading of a stream \(Phrase.printable(name)) ever came\(nearest ?? ""); see `harken streams`")
        }
        let verdict = try await ReadingVerdict(of: stream, at: time, in: store, ModelReader(store: store))
        let text = ReadingVerdictText(verdict: verdict, terminal: .standardOutput)
        if let svg {
            guard let scene = verdict.scene else {
                throw DatabaseOption.missing("there is nothing to draw: \(verdict.detail)")
            }
            let chart = AlertChart(
                scene.course, title: text.heading, sentences: text.sentences + scene.obstacles, focus: "this reading")
            try write(chart, to: svg)
            guard svg != "-" else { return }
        }
        if json {
            print(try JSONOutput.text(ReadingVerdictDocument(verdict)))
        } else {
            text.lines.forEach { print($0) }
        }
    }

    private func write(_ chart: AlertChart, to path: String) throws {
        guard path != "-" else {
            print(chart.svg, terminator: "")
            return
        }
        do {
            try Data(chart.svg.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            let cause = error as NSError
            let underlying = (cause.userInfo[NSUnderlyingErrorKey] as? NSError) ?? cause
            let cannotCreate: Int32 = 73  // EX_CANTCREAT
            throw DatabaseOption.exit(
                with: cannotCreate, "cannot write \(path): \(underlying.localizedDescription)")
        }
    }
}
