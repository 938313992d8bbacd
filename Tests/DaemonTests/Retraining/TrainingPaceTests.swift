import Daemon
import Testing

struct TrainingPaceTests {
    /// Seconds that steps of work take with pauses between them; each step works for ten milliseconds of the clock at most.
    private func seconds(share: Double, steps: Int, isStopping: Bool = false) -> Double {
        let pace = TrainingPace(share: share)
        let start = ContinuousClock.now
        pace.keep { isStopping }
        for _ in 0..<steps {
            let step = ContinuousClock.now
            while ContinuousClock.now - step < .milliseconds(10) {}
            pace.keep { isStopping }
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    @Test func `a small share makes a training pause, a whole core and stopping do not`() {
        // On a machine that is busy the steps get less of the processor than they last, and pauses are shorter for it.
        let paced = seconds(share: 0.05, steps: 10)
        #expect(paced > 0.5, "a tenth of a second of work at a twentieth takes up to two seconds")
        #expect(seconds(share: 1, steps: 10) < paced)
        #expect(seconds(share: 0.001, steps: 3, isStopping: true) < 10, "half a minute with pauses")
    }
}
