import AnomalyDetection
import ArgumentParser
import Storage

/// `harken explain`: why an alert fired.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells why an alert fired: which channels, how far from what was expected, and since when.",
        discussion: "Reads the database only, so it works whether a daemon runs or not.")

    @Argument(help: "The alert's number, as in the column ID of `harken alerts`.")
    var id: Int64

    @OptionGroup var location: DatabaseOption

    @Flag(help: "Print a JSON object.")
    var json = false

    func run() async throws {
        try await location.read { store in
            guard let record = try await store.alert(id) else {
                throw DatabaseOption.missing("there is no alert \(id) in \(store.path); see `harken alerts`")
            }
            let surroundings = try await AlertSurroundings(of: record, in: store)
            let evidence = try await AlertEvidence(of: record, in: store)
            if json {
                print(try JSONOutput.text(Document(record, surroundings, evidence)))
            } else {
                AlertExplanationText(
                    record: record, surroundings: surroundings, evidence: evidence, terminal: .standardOutput
                )
                .lines.forEach { print($0) }
            }
        }
    }

    /// An explanation as `--json` says it.
    private struct Document: Encodable {
        let alert: AlertDocument
        /// Each kind's share of the evidence at the peak; empty where it cannot be told.
        let evidence: [String: Double]
        let history: [Reading]

        struct Reading: Encodable {
            let at: String
            let score: Double?
            let settled: Double?
            let isAlerting: Bool
            let values: [String: Double]
        }

        init(_ record: AlertRecord, _ surroundings: AlertSurroundings, _ evidence: AlertEvidence) {
            alert = AlertDocument(record)
            self.evidence = Dictionary(
                evidence.shares.map { ($0.kind.rawValue, $0.share) }, uniquingKeysWith: { first, _ in first })
            let readings = surroundings.readings
            history = readings.times.indices.map { index in
                let named = zip(surroundings.channels, readings.values(of: index)).filter { !$0.1.isNaN }
                return Reading(
                    at: Phrase.time(readings.times[index]),
                    score: readings.scores[index].isNaN ? nil : Double(readings.scores[index]),
                    settled: readings.settledScores[index].isNaN ? nil : Double(readings.settledScores[index]),
                    isAlerting: readings.isAlerting[index],
                    values: Dictionary(named, uniquingKeysWith: { first, _ in first }))
            }
        }
    }
}
