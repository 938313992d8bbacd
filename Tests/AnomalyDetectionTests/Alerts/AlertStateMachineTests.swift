import AnomalyDetection
import LinearAlgebra
import Testing

struct AlertStateMachineTests {
    typealias Action = AlertStateMachine.Action

    private let threshold = AlertThreshold(firing: 4, clearing: 2, isProvisional: false)

    private func time(_ second: Int) -> Timestamp { Timestamp(nanoseconds: Int64(second) * 1_000_000_000) }

    /// What the machine says to scores a second apart, with a hold of 3 s and 5 s of keeping on firing.
    private func actions(_ scores: [Float], hold: Int64 = 3, keepFiring: Int64 = 5) -> [Action] {
        var machine = AlertStateMachine()
        return scores.enumerated().map { second, score in
            machine.observe(
                score, at: time(second), threshold: threshold, holdDuration: hold * 1_000_000_000,
                keepFiringDuration: keepFiring * 1_000_000_000)
        }
    }

    @Test func `a score over the threshold fires when it has held`() {
        #expect(actions([0, 4, 5, 6, 7]) == [.none, .none, .none, .none, .fire(since: time(1))])
    }

    @Test func `without a hold the first reading fires`() {
        #expect(actions([3.9, 4], hold: 0) == [.none, .fire(since: time(1))])
    }

    @Test func `an anomaly shorter than the hold never fires`() {
        #expect(actions([4, 4, 4, 3.9, 4, 4, 4, 0]).allSatisfy { $0 == .none })
    }

    @Test func `flapping around the threshold never fires`() {
        #expect(actions((0..<40).map { $0 % 3 == 2 ? 3.5 : 9 }).allSatisfy { $0 == .none })
    }

    @Test func `a firing alert goes on between the two thresholds and ends below the lower one`() {
        let scores: [Float] = [5, 5, 5, 5] + [2.5, 2, 3] + [1, 1, 1, 1, 1, 1, 1]
        let expected: [Action] =
            [.none, .none, .none, .fire(since: time(0))] + [.sustain, .sustain, .sustain]
            + [.none, .none, .none, .none, .none, .resolve(at: time(6)), .none]
        #expect(actions(scores) == expected)
    }

    @Test func `an alert that rises again before it has ended is the same alert`() {
        let scores: [Float] = [5, 5, 5, 5] + [1, 1, 1, 1] + [2] + [1, 1, 1, 1, 1] + [1]
        let all = actions(scores)
        #expect(all.count { $0 == .fire(since: time(0)) } == 1)
        #expect(all.last == .resolve(at: time(8)))
    }

    @Test func `after an end the next anomaly has to hold again`() {
        let scores: [Float] = [5, 5, 5, 5] + [Float](repeating: 0, count: 6) + [5, 5, 5, 5]
        let all = actions(scores)
        #expect(all[9] == .resolve(at: time(3)))
        #expect(all[10...] == [.none, .none, .none, .fire(since: time(10))])
    }

    @Test func `a score that is not a number counts as below every threshold`() {
        #expect(actions([5, .nan, 5, 5, 5]).allSatisfy { $0 == .none })
        #expect(actions([5, 5, 5, 5, .nan])[4] == .none)
    }

    @Test func `the state says whether an alert is pending or firing`() {
        var machine = AlertStateMachine()
        #expect(!machine.isActive && !machine.isFiring)
        func observe(_ score: Float, _ second: Int) {
            _ = machine.observe(
                score, at: time(second), threshold: threshold, holdDuration: 1_000_000_000,
                keepFiringDuration: 1_000_000_000)
        }
        observe(5, 0)
        #expect(machine.isActive && !machine.isFiring)
        #expect(machine.state == .pending(since: time(0)))
        observe(5, 1)
        #expect(machine.isActive && machine.isFiring)
        #expect(machine.state == .firing(since: time(0), lastExceeding: time(1)))
        #expect(AlertStateMachine(state: machine.state) == machine)
    }

    @Test func `a gap in time counts as time`() {
        var machine = AlertStateMachine()
        func observe(_ score: Float, _ second: Int) -> Action {
            machine.observe(
                score, at: time(second), threshold: threshold, holdDuration: 3_000_000_000,
                keepFiringDuration: 5_000_000_000)
        }
        #expect(observe(5, 0) == .none)
        #expect(observe(5, 1_000) == .fire(since: time(0)))
        #expect(observe(0, 9_000) == .resolve(at: time(1_000)))
    }

    /// Against the definitions: an alert fires with the first reading that ends a run over the threshold of at least the hold.
    @Test(arguments: UInt64(1)...40) func `an alert fires only after a whole hold, and alternates with its end`(
        seed: UInt64
    ) {
        var random = RandomSource(seed: seed)
        var scores: [Float] = []
        var level = 0.0
        for _ in 0..<2_000 {
            level += 0.7 * random.normal() - 0.1 * (level - 3)
            scores.append(Float(level))
        }
        let hold = random.index(below: 6)
        let keepFiring = random.index(below: 8)
        var isOpen = false
        for (second, action) in actions(scores, hold: Int64(hold), keepFiring: Int64(keepFiring)).enumerated() {
            switch action {
            case .none: continue
            case .fire(let since):
                let start = Int(since.nanoseconds / 1_000_000_000)
                #expect(!isOpen && second - start == hold)
                #expect(scores[start...second].allSatisfy { $0 >= 4 })
                #expect(start == 0 || scores[start - 1] < 4 || hold == 0)
                isOpen = true
            case .sustain:
                #expect(isOpen && scores[second] >= 2)
            case .resolve(let end):
                let last = Int(end.nanoseconds / 1_000_000_000)
                #expect(isOpen && second - last == keepFiring + 1)
                #expect(scores[last] >= 2 && scores[(last + 1)...second].allSatisfy { $0 < 2 })
                isOpen = false
            }
        }
    }
}

/// Holds whose readings need not follow each other: k of n.
struct ScatteredHoldTests {
    private let threshold = AlertThreshold(firing: 4, clearing: 2, isProvisional: false)

    private func time(_ second: Int) -> Timestamp { Timestamp(nanoseconds: Int64(second) * 1_000_000_000) }

    /// What a machine that wants 3 of 5 readings a second apart says to scores, and where it stands at the end.
    private func run(
        _ scores: [Float], machine: AlertStateMachine = AlertStateMachine()
    ) -> (actions: [AlertStateMachine.Action], machine: AlertStateMachine) {
        var machine = machine
        let actions = scores.enumerated().map { second, score in
            machine.observe(
                score, at: time(second), threshold: threshold, holdDuration: 1_500_000_000,
                keepFiringDuration: 2_000_000_000,
                scattered: AlertStateMachine.ScatteredHold(count: 3, span: 4_500_000_000))
        }
        return (actions, machine)
    }

    @Test func `three of the last five readings over the threshold fire, from the first of them on`() {
        let (actions, machine) = run([0, 5, 0, 5, 0, 5])
        #expect(actions == [.none, .none, .none, .none, .none, .fire(since: time(1))])
        #expect(machine.exceedances.isEmpty)
    }

    @Test func `three of six do not fire, and what has left the five is forgotten`() {
        let (actions, machine) = run([5, 0, 0, 5, 0, 5])
        #expect(actions.allSatisfy { $0 == .none })
        #expect(machine.state == .pending(since: time(3)))
    }

    @Test func `nothing is pending once no reading of the last five is over the threshold`() {
        let (_, machine) = run([5, 5, 0, 0, 0, 0, 0])
        #expect(machine.state == .inactive)
        #expect(!machine.isActive)
    }

    @Test func `an alert that fired so ends as any other`() {
        let (actions, _) = run([5, 5, 5, 0, 0, 0, 0])
        #expect(actions == [.none, .none, .fire(since: time(0)), .none, .none, .resolve(at: time(2)), .none])
    }

    @Test func `a pending alert goes on when the hold becomes a scattered one`() {
        let (actions, _) = run([5, 5], machine: AlertStateMachine(state: .pending(since: time(-1))))
        #expect(actions == [.none, .fire(since: time(-1))])
    }
}
