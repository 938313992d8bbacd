import AnomalyDetection
import RealModule
import Testing

struct EvaluationTests {
    private func events(_ count: Int, _ ranges: [ClosedRange<Int>]) -> LabelledEvents {
        LabelledEvents(labels: (0..<count).map { index in ranges.contains { $0.contains(index) } })
    }

    // MARK: Events

    @Test func `events are the runs of anomalous readings`() {
        let ranges = [0...0, 3...5, 7...9]
        let events = events(10, ranges)
        #expect(events.ranges == ranges)
        #expect(events.anomalousCount == 7)
        #expect(events.normalCount == 3)
        #expect(events.canMeasure)
        #expect(!self.events(4, []).canMeasure)
        #expect(!self.events(4, [0...3]).canMeasure)
    }

    // MARK: Scores

    @Test func `scores that put all anomalous readings first are perfect`() {
        let events = events(200, [50...69, 120...129])
        let scores = events.labels.enumerated().map { Float($1 ? 10 : 0) + Float($0) / 1_000 }
        let quality = RankingQuality(scores: scores, events: events, buffer: 0)
        for number in [quality.vusPR, quality.vusROC, quality.aucPR, quality.aucROC] {
            #expect(abs(number - 1) < 1e-12)
        }
    }

    @Test func `equal scores say nothing`() {
        let quality = RankingQuality(
            scores: [Float](repeating: 2, count: 100), events: events(100, [20...39]), buffer: 0)
        #expect(abs(quality.aucPR - 0.2) < 1e-12)
        #expect(abs(quality.aucROC - 0.5) < 1e-12)
        #expect(abs(quality.vusPR - 0.2) < 1e-12)
        #expect(abs(quality.vusROC - 0.5) < 1e-12)
    }

    @Test func `areas follow the order of the scores`() {
        let labels = LabelledEvents(labels: [true, false, true, false])
        let areas = PrecisionRecall(scores: [4, 3, 2, 1], events: labels)
        let expected: Double = (1 + 2.0 / 3) / 2
        #expect(abs(areas.area - expected) < 1e-12)
        #expect(abs(areas.receiverArea - 0.75) < 1e-12)
    }

    @Test func `a detection beside an event counts the less the farther it is`() {
        let events = events(400, [200...219])
        // One flagged stretch, at growing distances behind the event.
        let volumes = [0, 5, 15, 40].map { distance in
            let scores = (0..<400).map { (220 + distance)..<(240 + distance) ~= $0 ? 1.0 : 0 }
            return VolumeUnderSurface(scores: scores, events: events, buffer: 60).precisionRecall
        }
        for (near, far) in zip(volumes, volumes.dropFirst()) { #expect(near > far) }
    }

    @Test func `a missing score is the one before it`() {
        let events = events(60, [30...39])
        var scores = (0..<60).map { Float($0 % 7) }
        var filled = scores
        for index in [0, 1, 31, 32, 59] { scores[index] = .nan }
        (filled[0], filled[1]) = (0, 0)
        (filled[31], filled[32], filled[59]) = (filled[30], filled[30], filled[58])
        #expect(
            RankingQuality(scores: scores, events: events, buffer: 10)
                == RankingQuality(scores: filled, events: events, buffer: 10))
    }

    // MARK: Buffer

    @Test(arguments: [7, 24, 60, 288]) func `the buffer is the period`(period: Int) {
        let values = (0..<3_000).map { Double.sin(2 * .pi * Double($0) / Double(period)) + Double($0 % 3) / 50 }
        #expect(abs(EvaluationBuffer.readings(ofChannel: values) - period) <= 1)
    }

    @Test func `a channel without a period has the standard buffer`() {
        #expect(EvaluationBuffer.readings(ofChannel: []) == EvaluationBuffer.standard)
        #expect(EvaluationBuffer.readings(ofChannel: [1, 2, 1]) == EvaluationBuffer.standard)
        #expect(EvaluationBuffer.readings(ofChannel: Array(repeating: 0.1, count: 999)) == EvaluationBuffer.standard)
        #expect(EvaluationBuffer.readings(ofChannel: Array(repeating: .nan, count: 999)) == EvaluationBuffer.standard)
        #expect(EvaluationBuffer.readings(ofChannel: (0..<999).map { Double($0) }) == EvaluationBuffer.standard)
    }

    @Test func `missing values do not hide a period`() {
        var values = (0..<2_000).map { Double.sin(2 * .pi * Double($0) / 40) }
        for index in Swift.stride(from: 0, to: 2_000, by: 17) { values[index] = .nan }
        #expect(EvaluationBuffer.readings(ofChannel: values) == 40)
    }

    // MARK: Alerts

    /// Readings a second apart, with a gap of a minute in front of reading 13.
    private func times(_ count: Int) -> [Timestamp] {
        (0..<count).map { Timestamp(seconds: Double($0) + ($0 >= 13 ? 60 : 0)) }
    }

    @Test func `alerts are false, or in time, or late`() throws {
        // The events reach from 8 to 16 and from 48 to 61 with half the buffer at both ends.
        let quality = AlertQuality(
            alerts: [15...16, 30...31, 48...49, 55...80, 90...99], events: events(100, [10...14, 50...59]), buffer: 5,
            times: times(100), interval: 1_000_000_000)
        #expect(quality.eventRecall == 1)
        #expect(quality.falseCount == 2)
        #expect(quality.alertCount == 5)
        #expect(abs(quality.falsePerTenThousandReadings - 20_000 / 85) < 1e-9)
        // 85 seconds of normal readings.
        #expect(abs(quality.falsePerThirtyDays - 2 * 30 * 86_400 / 85) < 1e-6)
        #expect(quality.delays == [5, 0])
        #expect(quality.medianDelay == 2.5)
        #expect(quality.medianDelaySeconds == 32.5)
    }

    @Test func `without an event there is no recall, and without a hit no delay`() {
        let healthy = AlertQuality(
            alerts: [3...4], events: events(20, []), buffer: 5, times: times(20), interval: 1_000_000_000)
        #expect(healthy.eventRecall == nil)
        #expect(healthy.falseCount == 1)
        let missed = AlertQuality(
            alerts: [], events: events(20, [5...6]), buffer: 5, times: times(20), interval: 1_000_000_000)
        #expect(missed.eventRecall == 0)
        #expect(missed.medianDelay == nil)
        #expect(missed.medianDelaySeconds == nil)
    }

    @Test func `a summary leaves out what a series does not have`() {
        var (first, second) = (QualityNumbers(), QualityNumbers())
        (first.vusPR, second.vusPR) = (0.2, 0.6)
        first.medianDelay = 7
        let (mean, median) = (
            QualityNumbers.mean(of: [first, second, second]), QualityNumbers.median(of: [first, second])
        )
        #expect(abs((mean.vusPR ?? 0) - 1.4 / 3) < 1e-12)
        #expect(median.vusPR == 0.4)
        #expect(mean.medianDelay == 7)
        #expect(mean.eventRecall == nil)
    }
}
