import AnomalyDetection
import LinearAlgebra
import Testing

/// The live history and the grid of training must make the same windows of the same readings.
struct WindowAgreementTests {
    private static let cadence = Cadence(interval: 1_000_000_000, isRegular: true)
    private static let keptSlots = StreamScoringState.keptSlots

    /// Readings with missing cells, a channel that is silent for long, and gaps short and long.
    private func history(_ seed: UInt64, channels: Int = 3, count: Int = 900) -> TrainingHistory {
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: channels)
        var slot = 0
        for reading in 0..<count {
            let chance = random.uniform()
            slot += chance < 0.03 ? 2 + random.index(below: 40) : chance < 0.035 ? 90 + random.index(below: 30) : 1
            history.times.append(
                Timestamp(nanoseconds: Int64(slot) * 1_000_000_000 + Int64(random.index(below: 90_000_000))))
            for channel in 0..<channels {
                let isSilent = channel == 1 && (300..<420).contains(reading)
                history.values.append(isSilent || random.uniform() < 0.04 ? .nan : random.normal())
            }
            history.isAlerting.append((600..<605).contains(reading))
        }
        return history
    }

    private func profiles(_ history: TrainingHistory) -> [ChannelProfile] {
        (0..<history.channelCount).map { ChannelProfile(learnedFrom: history.column($0)) }
    }

    /// Calls `body` after each reading with the live history.
    private func live(_ history: TrainingHistory, _ profiles: [ChannelProfile], _ body: (Int, StreamHistory) -> Void) {
        var live = StreamHistory(channelCount: history.channelCount, keptSlots: Self.keptSlots)
        for reading in 0..<history.count {
            let row = Array(history.values[(reading * history.channelCount)..<((reading + 1) * history.channelCount)])
            _ = live.append(row.span, at: history.times[reading], profiles: profiles, cadence: Self.cadence)
            body(reading, live)
        }
    }

    @Test(
        arguments: UInt64(1)...6,
        [WindowLayout(length: 16, channels: [0, 1, 2]), .init(length: 64, channels: [0, 2])])
    func `the windows of training are those of the live stream`(seed: UInt64, layout: WindowLayout) {
        let history = history(seed)
        let profiles = profiles(history)
        let grid = TrainingGrid(history, profiles: profiles, cadence: Self.cadence, longestGap: Self.keptSlots)
        let readings = grid.readings(withWindow: layout.length)
        #expect(readings.count > 200)
        var expected: [Int: WindowBlock] = [:]
        live(history, profiles) { reading, live in
            var block = WindowBlock(layout: layout)
            block.append(newestOf: live)
            expected[reading] = block
        }
        var different: [Int] = []
        grid.forEachBlock(layout, endingWith: readings) { block, ends in
            for (row, reading) in ends.enumerated() {
                let cells = (row * layout.width)..<((row + 1) * layout.width)
                guard let single = expected[reading] else { continue }
                if Array(block.values[cells]) != Array(single.values[..<layout.width])
                    || Array(block.presence[cells]) != Array(single.presence[..<layout.width])
                    || block.isComplete(row: row) != single.isComplete
                {
                    different.append(reading)
                }
            }
        }
        #expect(different.isEmpty)
    }

    @Test(arguments: UInt64(1)...4) func `the matrix of training windows holds the same cells and its mask`(
        seed: UInt64
    ) {
        let history = history(seed)
        let grid = TrainingGrid(
            history, profiles: profiles(history), cadence: Self.cadence, longestGap: Self.keptSlots)
        let layout = WindowLayout(length: 16, channels: [0, 1, 2])
        let readings = Array(grid.readings(withWindow: 16).prefix(50))
        let (values, mask) = grid.windows(layout, endingWith: readings)
        grid.forEachBlock(layout, endingWith: readings) { block, _ in
            #expect(values.elements == Array(block.values[..<(50 * layout.width)]))
            let observed = block.presence[..<(50 * layout.width)].map { Float($0 == Presence.observed ? 1 : 0) }
            #expect(mask?.elements == observed)
        }
    }

    @Test(arguments: UInt64(1)...6) func `no window of training holds an alert, a long gap or mostly nothing`(
        seed: UInt64
    ) {
        let history = history(seed)
        let length = 32
        let grid = TrainingGrid(
            history, profiles: profiles(history), cadence: Self.cadence, longestGap: Self.keptSlots)
        let readings = Set(grid.readings(withWindow: length))
        let slot = history.times.map { Int(($0.nanoseconds + 500_000_000) / 1_000_000_000) }
        for reading in 0..<history.count {
            let inside = (0...reading).filter { slot[$0] > slot[reading] - length }
            let isWhole = slot[reading] - slot[0] >= length - 1
            let hasLongGap = inside.contains {
                $0 > 0 && slot[$0] - slot[$0 - 1] > Self.keptSlots && slot[$0] > slot[reading] - length + 1
            }
            let isFilled = 2 * inside.count >= length
            let isClean = inside.allSatisfy { !history.isAlerting[$0] }
            #expect(readings.contains(reading) == (isWhole && !hasLongGap && isFilled && isClean), "reading \(reading)")
        }
    }

    @Test(arguments: UInt64(1)...6) func `the newest slots depend on a bounded number of readings`(seed: UInt64) {
        let history = history(seed)
        let profiles = profiles(history)
        var states: [Int: StreamHistory] = [:]
        live(history, profiles) { states[$0] = $1 }
        var random = RandomSource(seed: seed)
        for _ in 0..<40 {
            let end =
                StreamScoringState.readingsToFill
                + random.index(below: history.count - StreamScoringState.readingsToFill)
            let part = history[(end - StreamScoringState.readingsToFill)..<end]
            var refilled: StreamHistory?
            live(part, profiles) { refilled = $1 }
            guard let whole = states[end - 1], let refilled else { continue }
            let window = (whole.window(length: Self.keptSlots), refilled.window(length: Self.keptSlots))
            #expect(Array(whole.values[window.0]) == Array(refilled.values[window.1]), "ending with \(end)")
            #expect(Array(whole.presence[window.0]) == Array(refilled.presence[window.1]), "ending with \(end)")
        }
    }

    @Test func `a missing value is the last one for a while and then the center`() {
        let profile = ChannelProfile(role: .continuous, center: 0, spread: 1, knownValues: [], missingShare: 0)
        var live = StreamHistory(channelCount: 2, keptSlots: 96)
        for second in 0..<60 {
            let values = [second == 5 ? 3 : .nan, 1]
            _ = live.append(
                values.span, at: Timestamp(nanoseconds: Int64(second) * 1_000_000_000), profiles: [profile, profile],
                cadence: Self.cadence)
        }
        let window = live.window(length: 60)
        let column = stride(from: window.lowerBound, to: window.upperBound, by: 2).map { live.values[$0] }
        #expect(column[..<5].allSatisfy { $0 == 0 })
        #expect(column[5...37].allSatisfy { $0 == 3 })
        #expect(column[38...].allSatisfy { $0 == 0 })
        let presence = stride(from: window.lowerBound, to: window.upperBound, by: 2).map { live.presence[$0] }
        #expect(presence.enumerated().allSatisfy { $1 == ($0 == 5 ? Presence.observed : Presence.missing) })
    }

    @Test(arguments: [Int64(1), 50, 96, 97, 100_000]) func `a gap leaves slots empty, a long one begins anew`(
        gap: Int64
    ) {
        let profile = ChannelProfile(role: .continuous, center: 0, spread: 1, knownValues: [], missingShare: 0)
        var live = StreamHistory(channelCount: 1, keptSlots: 96)
        var steps: [Bool] = []
        func append(_ value: Double, _ second: Int64) {
            let values = [value]
            let step = live.append(
                values.span, at: Timestamp(nanoseconds: second * 1_000_000_000), profiles: [profile],
                cadence: Self.cadence)
            if case .restarted = step { steps.append(true) } else { steps.append(false) }
        }
        for second in 0..<200 { append(1, Int64(second)) }
        append(2, 199 + gap)
        #expect(steps[0] && !steps[1..<200].contains(true))
        #expect(steps[200] == (gap > 96))
        #expect(abs(live.filledShare(length: 96) - Double(gap > 96 ? 1 : 97 - gap) / 96) < 1e-9)
        #expect(live.values[live.window(length: 1)] == [2])
        if gap > 96 { #expect(live.values[live.window(length: 96)].allSatisfy { $0 == 2 }) }
    }
}
