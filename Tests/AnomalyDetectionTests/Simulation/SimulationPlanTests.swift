import AnomalyDetection
import Testing

struct SimulationPlanTests {
    @Test func `streams are named for their kind and number`() {
        #expect(
            SimulationPlan.small(streamCount: 4, rowCount: 1).streamNames == ["pump-1", "motor-2", "room-3", "pump-4"])
    }

    @Test(arguments: [
        ("spike@600s:pump-1.temperature", SimulatedFault(shape: .spike, stream: 0, channel: 0, rows: 600..<601)),
        (
            "level_shift@15m:motor-2.speed+60s*-10",
            SimulatedFault(shape: .levelShift, stream: 1, channel: 1, rows: 900..<960, magnitude: -10)
        ),
        (
            "drift@0s:pump-1.flow+1m30s*2.5",
            SimulatedFault(shape: .drift, stream: 0, channel: 3, rows: 0..<90, magnitude: 2.5)
        ),
        ("stuck@10s:room-3.occupancy+5s", SimulatedFault(shape: .stuck, stream: 2, channel: 3, rows: 10..<15)),
        // The first row at or after 10.5 s is that of 11 s, and three rows begin within 2.5 s.
        ("dropout@10.5s:room-3.co2+2.5s", SimulatedFault(shape: .dropout, stream: 2, channel: 2, rows: 11..<14)),
        // The simulation has 1,000 rows.
        ("noise@990s:pump-1.flow", SimulatedFault(shape: .noise, stream: 0, channel: 3, rows: 990..<1000)),
        (
            "unit_change@5s:motor-2.temperature+1d*0.001",
            SimulatedFault(shape: .unitChange, stream: 1, channel: 2, rows: 5..<1000, magnitude: 0.001)
        ),
        ("stuck@5s:pump-1.flow+100000d", SimulatedFault(shape: .stuck, stream: 0, channel: 3, rows: 5..<1000)),
    ])
    func `a fault is read from its text`(text: String, expected: SimulatedFault) throws {
        var plan = SimulationPlan.small(streamCount: 3, rowCount: 1000)
        try plan.inject(text: text)
        #expect(plan.faults == [expected])
    }

    @Test(arguments: [
        ("", "no kind of fault"),
        ("bang@5s:pump-1.flow", "'bang' is no kind of fault"),
        ("unknown@5s:pump-1.flow", "'unknown' is no kind of fault"),
        ("spike", "is no time since the start"),
        ("spike@5:pump-1.flow", "'5' is no time since the start"),
        ("spike@-5s:pump-1.flow", "'-5s' is no time since the start"),
        ("spike@5s", "is no time since the start"),
        ("spike@5s:pump-1", "does not name a channel"),
        ("spike@5s:.flow", "there is no stream ''"),
        ("spike@5s:pump-2.flow", "there is no stream 'pump-2'"),
        ("spike@5s:pump-01.flow", "there is no stream 'pump-01'"),
        ("spike@5s:pump-9.flow", "its streams are pump-1, motor-2, room-3"),
        ("spike@5s:pump-1.speed", "its channels are temperature, pressure, vibration, flow"),
        ("spike@5s:pump-1.flow+", "is no duration"),
        ("spike@5s:pump-1.flow+0s", "'0s' is no duration"),
        ("spike@5s:pump-1.flow+5s+6s*", "'' is no number"),
        ("spike@5s:pump-1.flow*x", "'x' is no number"),
        ("spike@5s:pump-1.flow*nan", "'nan' is no number"),
        ("spike@5s:pump-1.flow*0", "magnitude 0.0 is out of range"),
        ("spike@5s:pump-1.flow*1e7", "out of range"),
        ("stuck@5s:pump-1.flow*3", "a fault 'stuck' has no magnitude"),
        ("level_shift@5s:room-3.occupancy", "only ever 0 or 1"),
        ("spike@1000s:pump-1.flow", "only 1000 are simulated"),
        ("spike@100000d:pump-1.flow", "only 1000 are simulated"),
    ])
    func `a fault that cannot be says why`(text: String, message: String) throws {
        var plan = SimulationPlan.small(streamCount: 3, rowCount: 1000)
        let failure = #expect(throws: SimulationFailure.self) { try plan.inject(text: text) }
        let description = try #require(failure).description
        #expect(description.contains(message), "\(description)")
        #expect(plan.faults.isEmpty)
    }

    @Test(arguments: UInt64(1)...20)
    func `faults at random keep off the learning time and each other`(seed: UInt64) throws {
        var plan = SimulationPlan.small(streamCount: 3, rowCount: 3000)
        try plan.injectRandomFaults(count: 21, learningRowCount: 600, seed: seed)
        #expect(plan.faults.count == 21)
        for shape in SimulatedFault.shapes {
            #expect(plan.faults.filter { $0.shape == shape }.count == 3, "\(shape)")
        }
        for stream in 0..<3 {
            let faults = plan.faults.filter { $0.stream == stream }.sorted { $0.rows.lowerBound < $1.rows.lowerBound }
            #expect(faults.allSatisfy { $0.rows.lowerBound >= 600 && $0.rows.upperBound <= 3000 })
            for (earlier, later) in zip(faults, faults.dropFirst()) {
                #expect(later.rows.lowerBound - earlier.rows.upperBound >= 100)
            }
        }
    }

    @Test func `all places can be taken, and one more fault is refused`() throws {
        var plan = SimulationPlan.small(streamCount: 2, rowCount: 1600)
        try plan.injectRandomFaults(count: 6, learningRowCount: 600, seed: 1)
        #expect(Set(plan.faults.map { [$0.stream, ($0.rows.lowerBound - 600) / 300] }).count == 6)
        #expect(throws: SimulationFailure.tooManyFaults(count: 7, limit: 6)) {
            try plan.injectRandomFaults(count: 7, learningRowCount: 600, seed: 1)
        }
    }

    @Test func `labels tell stream, channel, fault and interval in order of time`() throws {
        var plan = SimulationPlan.small(streamCount: 3, rowCount: 1000)
        try plan.inject(text: "level_shift@15m:motor-2.speed+60s")
        try plan.inject(text: "spike@600s:pump-1.temperature")
        #expect(
            String(decoding: plan.faultLabels(), as: UTF8.self) == """
                stream,channel,fault,start,end
                pump-1,temperature,spike,2026-01-01T00:10:00Z,2026-01-01T00:10:01Z
                motor-2,speed,level_shift,2026-01-01T00:15:00Z,2026-01-01T00:16:00Z

                """)
    }

    @Test(
        arguments: [
            ("250ms", 250_000_000), ("1s", 1_000_000_000), ("1.5h", 5_400_000_000_000), ("1h30m", 5_400_000_000_000),
            ("2d", 172_800_000_000_000), ("7us", 7000), ("7µs", 7000), ("3ns", 3), ("2min", 120_000_000_000), ("0s", 0),
        ] as [(String, Int64)])
    func `a duration is read with its units`(text: String, nanoseconds: Int64) {
        #expect(DurationNotation.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "-5s", "5 s", "5x", "1e3s", "1..5s", "5s5", "200000000000d", "٣s"])
    func `what is no duration is refused`(text: String) {
        #expect(DurationNotation.nanoseconds(text) == nil)
    }
}
