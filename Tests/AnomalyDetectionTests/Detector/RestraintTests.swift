import AnomalyDetection
import Testing

/// That the detector says which rule kept a reading from beginning an alert.
struct RestraintTests {
    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        (settings.holdReadings, settings.keepFiringReadings, settings.coolDown) = (4, 5, 60 * SampleReadings.second)
        settings.adaptAfter = nil
        return settings
    }

    /// The rows of a stream whose sums are those of a function of the second.
    private func rows(
        _ model: LiveModel, seconds: Int64, settings: DetectorSettings? = nil, verdicts: [AlertVerdict] = [],
        _ sum: (Int64) -> Double?
    ) -> [DetectionOutput.Row] {
        let engine = EchoEvidence.engine(model, settings: settings ?? self.settings())
        var output = DetectionOutput()
        engine.take(verdicts, into: &output)
        engine.ingest(
            EchoEvidence.batch((1...seconds).compactMap { second in sum(second).map { (second, $0) } }), into: &output)
        return output.rows
    }

    /// The seconds of rows with a restraint.
    private func seconds(_ restraint: AlertRestraint, in rows: [DetectionOutput.Row]) -> [Int64] {
        rows.filter { $0.restraint == restraint }
            .map { $0.time.nanoseconds(since: SampleReadings.start) / SampleReadings.second }
    }

    @Test func `what is over the level and shorter than the hold is pending`() {
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5), seconds: 30) { 10...12 ~= $0 ? 20 : 1 }
        #expect(seconds(.pending, in: rows) == [10, 11, 12])
        #expect(rows.count { $0.restraint != nil } == 3)
        #expect(rows.allSatisfy { $0.threshold > 0 }, "the threshold in force is told for every reading")
    }

    @Test func `one in sixty-four readings is a milestone, whatever the batches`() {
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5), seconds: 200) { _ in 1 }
        #expect(rows.indices.filter { rows[$0].isMilestone } == [0, 64, 128, 192])
    }

    @Test func `an alert that fires is held back by nothing once it has fired`() {
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5), seconds: 30) { 10...20 ~= $0 ? 20 : 1 }
        #expect(seconds(.pending, in: rows) == [10, 11, 12])
        #expect(rows[12...19].allSatisfy { $0.isFiring && $0.restraint == nil })
    }

    @Test func `what comes back shortly before an alert has ended waits for the hold`() {
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5), seconds: 60) {
            10...20 ~= $0 || 40...41 ~= $0 ? 20 : 1
        }
        #expect(seconds(.coolDown, in: rows) == [40, 41])
    }

    @Test func `a young model holds back what is not clearly odder than the last hour`() {
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5, trainedReadings: 400), seconds: 20_000) {
            // It rises over hours to one and a half of the level.
            12 * Double($0) / 20_000
        }
        #expect(!seconds(.youngModel, in: rows).isEmpty)
        #expect(rows.allSatisfy { $0.restraint == nil || $0.restraint == .youngModel })
        #expect(rows.filter { $0.restraint == .youngModel }.allSatisfy { $0.sum >= 8 && $0.score < $0.threshold })
    }

    @Test func `alerts that nobody confirmed hold back what lies between the model's level and the raised one`() {
        var settings = settings()
        settings.coolDown = 0
        // Each alert raises the level by a fifth at least, so after four of them 10 is below it.
        let rows = rows(EchoEvidence.model(firing: 8, clearing: 5), seconds: 700, settings: settings) { second in
            second > 600 ? 10 : (0..<10).contains(second % 100) ? 40 : 1
        }
        #expect(seconds(.budget, in: rows).contains(650))
    }

    @Test func `readings behind a gap have no score, and missing data as the reason`() {
        let model = EchoEvidence.model(windowLength: 20, firing: 8, clearing: 5)
        let rows = rows(model, seconds: 400) { 101...320 ~= $0 ? nil : 1 }
        #expect(rows[100].score.isNaN)
        #expect(rows[100].restraint == .missingData)
        #expect(rows[0].restraint == .missingData, "the window is not full yet")
        #expect(rows[60].restraint == nil)
    }

    @Test func `while parts of the evidence rest behind a short gap, missing data is the reason`() {
        let model = EchoEvidence.model(windowLength: 20, firing: 8, clearing: 5)
        let rows = rows(model, seconds: 100) { 51...54 ~= $0 ? nil : 1 }
        #expect(rows[50].time.nanoseconds(since: SampleReadings.start) / SampleReadings.second == 55)
        #expect(!rows[50].score.isNaN)
        #expect(rows[50].restraint == .missingData)
        #expect(rows[80].restraint == nil)
    }

    @Test func `what somebody called a false alarm is told as that`() {
        let model = EchoEvidence.model(firing: 8, clearing: 5)
        let pattern = Alert(
            id: 3, stream: StreamID(0), startedAt: SampleReadings.start,
            firedAt: SampleReadings.start.advanced(byNanoseconds: 3 * SampleReadings.second),
            resolvedAt: SampleReadings.start.advanced(byNanoseconds: 40 * SampleReadings.second), peakScore: 20,
            peakAt: SampleReadings.start, threshold: 4, isProvisional: false, modelID: 7,
            contributions: [
                ChannelContribution(channel: "value", share: 1, actual: nil, expected: nil, lower: nil, upper: nil)
            ])
        let rows = rows(
            model, seconds: 40,
            verdicts: [AlertVerdict(alert: pattern, verdict: .falseAlarm, wasJudgedFiring: false)]
        ) { 10...20 ~= $0 ? 20 : 1 }
        #expect(seconds(.pending, in: rows) == [10, 11, 12])
        #expect(seconds(.falseAlarm, in: rows) == Array(13...20))
        #expect(rows.allSatisfy { !$0.isFiring })
    }
}
