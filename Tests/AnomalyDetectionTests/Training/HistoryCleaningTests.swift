import AnomalyDetection
import Testing
import VAE

/// What settled scores keep out of training.
struct HistoryCleaningTests {
    /// A retraining on 1,600 readings of a pump, of which those in a range settled as abnormal.
    private func retrain(
        abnormal: Range<Int>, alerting: Range<Int> = 0..<0, usual: Float? = nil,
        live change: (StreamModel) -> StreamModel = { $0.ofManyDays }
    ) throws -> TrainingDecision {
        var history = SampleModel.history(rows: 1_600, seed: 11)
        let live = try ModelFitter(settings: .quick, training: .quick, seed: 1).fit(history[0..<500])
        let level = try #require(live.settledFiringScore)
        history.settledScores = history.times.indices.map { abnormal.contains($0) ? level : usual ?? level.nextDown }
        for reading in alerting { history.isAlerting[reading] = true }
        return try ModelTrainer(settings: .quick, training: .quick).train(on: history, live: change(live), seed: 2)
            .decision
    }

    @Test func `readings that settled as abnormal are left out of training and counted`() throws {
        let (all, cleaned) = (try retrain(abnormal: 0..<0), try retrain(abnormal: 700..<730))
        #expect(all.excludedReadings == 0)
        #expect(cleaned.excludedReadings == 30)
        #expect(cleaned.trainedReadings == all.trainedReadings - 30)
        #expect(cleaned.heldOutReadings == all.heldOutReadings)
        #expect(!cleaned.reason.contains("settled as abnormal"))
    }

    @Test func `a reading with an alert that settled as abnormal is counted once`() throws {
        let decision = try retrain(abnormal: 700..<730, alerting: 710..<750)
        #expect(decision.excludedReadings == 50)
    }

    @Test func `where the rule would cost more than a fifth of the history it is not applied, and that is said`() throws
    {
        let all = try retrain(abnormal: 0..<0)
        let decision = try retrain(abnormal: 400..<700)
        #expect(decision.excludedReadings == 0)
        #expect(decision.trainedReadings == all.trainedReadings)
        #expect(decision.reason.contains("settled as abnormal were learned from"))
        // 300 readings, and the 63 after them whose windows reach back.
        #expect(decision.reason.contains("363 of"), "\(decision.reason)")
    }

    @Test(arguments: [false, true])
    func `to a young version hours of oddness are the course of the day, and what comes at once is not`(isLong: Bool)
        throws
    {
        let decision = try retrain(abnormal: 700..<(isLong ? 900 : 720), usual: isLong ? nil : 0.1) { $0 }
        #expect(decision.excludedReadings == (isLong ? 0 : 20))
    }

    @Test func `the tail on which versions are compared is not cleaned`() throws {
        let decision = try retrain(abnormal: 1_400..<1_600)
        #expect(decision.excludedReadings == 0)
        #expect(!decision.reason.contains("settled as abnormal"))
    }

    @Test func `a live version that gives no settled scores cleans nothing`() throws {
        let decision = try retrain(abnormal: 700..<730) { $0.withoutSettledCalibration }
        #expect(decision.excludedReadings == 0)
    }
}
