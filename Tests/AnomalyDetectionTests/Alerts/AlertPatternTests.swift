import AnomalyDetection
import Testing

/// What counts as the same as a false alarm.
struct AlertPatternTests {
    private func alert(
        score: Double = 5, seconds: Int64 = 10, shares: [String: Double] = ["flow": 0.7, "power": 0.3],
        rises: Bool = true, shape: FaultShape = .spike, kind: AlertKind = .anomaly
    ) -> Alert {
        let start = SampleReadings.start
        return Alert(
            id: 1, stream: StreamID(0), kind: kind, startedAt: start, firedAt: start,
            resolvedAt: start.advanced(byNanoseconds: seconds * SampleReadings.second), peakScore: score, peakAt: start,
            threshold: 4, isProvisional: false, modelID: 1, shape: shape,
            contributions: shares.sorted { $0.value > $1.value }.map { name, share in
                ChannelContribution(
                    channel: name, share: share, actual: rises ? 2 : 0, expected: 1, lower: nil, upper: nil)
            })
    }

    private func covers(_ other: Alert, after seconds: Int64 = 5, wasJudgedFiring: Bool = false) -> Bool {
        AlertPattern(of: alert(), wasJudgedFiring: wasJudgedFiring)
            .covers(other, at: other.startedAt.advanced(byNanoseconds: seconds * SampleReadings.second))
    }

    @Test func `the same again is covered`() {
        #expect(covers(alert()))
        #expect(covers(alert(score: 6.4, shares: ["flow": 0.5, "power": 0.4, "current": 0.1])))
        #expect(covers(alert(shape: .unknown)))
        #expect(covers(alert(shape: .noise)))
    }

    @Test func `what scores higher, lasts longer, or shows elsewhere or the other way is something else`() {
        #expect(!covers(alert(score: 6.6)))
        #expect(!covers(alert(), after: 21))
        #expect(covers(alert(), after: 19))
        #expect(!covers(alert(shares: ["current": 0.8, "flow": 0.2])))
        #expect(!covers(alert(rises: false)))
        #expect(!covers(alert(shape: .stuck)))
        #expect(!covers(alert(kind: .noData)))
    }

    @Test func `what was judged while it fired may last`() {
        #expect(covers(alert(), after: 100_000, wasJudgedFiring: true))
        #expect(covers(alert(score: 7.9), wasJudgedFiring: true))
        #expect(!covers(alert(score: 8.1), wasJudgedFiring: true))
    }
}
