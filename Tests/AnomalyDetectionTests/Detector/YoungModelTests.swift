import AnomalyDetection
import RealModule
import Testing

/// What a model that has not seen two days takes for an alert: what comes at once, not what comes with the hours.
struct YoungModelTests {
    private static let day: Int64 = 86_400

    private func rows(trainedReadings: Int, _ sum: (Int64) -> Double) -> [DetectionOutput.Row] {
        var settings = DetectorSettings.quick
        settings.holdReadings = 3
        let model = EchoEvidence.model(firing: 8, clearing: 5, trainedReadings: trainedReadings)
        let engine = EchoEvidence.engine(model, settings: settings)
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch((1...Self.day).map { ($0, sum($0)) }), into: &output)
        return output.rows
    }

    /// The sum of evidence as the day goes on: up to five times the level, in hours.
    private func course(_ second: Int64) -> Double {
        1 + 20 * (1 - Double.cos(Double(second) / Double(Self.day) * 2 * .pi))
    }

    @Test func `what rises over hours raises no alert from a young model, and one from a model of many days`() {
        #expect(rows(trainedReadings: 400, course).allSatisfy { !$0.isAlerting })
        #expect(rows(trainedReadings: 1_000_000, course).contains { $0.isFiring })
    }

    @Test func `a fault raises an alert from a young model, also at noon`() {
        let rows = rows(trainedReadings: 400) { course($0) + (50_000..<50_200 ~= $0 ? 60 : 0) }
        let firing = rows.indices.filter { rows[$0].isFiring }
        #expect(firing.first.map { 50_000..<50_020 ~= $0 } == true)
        // It ends when the fault does, although the sums are those of no calm day.
        #expect(firing.last.map { $0 < 51_500 } == true)
    }
}
