import AnomalyDetection
import Testing

struct SimulatorTests {
    @Test(arguments: UInt64(1)...5) func `the same plan and seed give the same readings`(seed: UInt64) {
        let plan = SimulationPlan.small(streamCount: 3, rowCount: 300)
        #expect(readings(plan, seed: seed) == readings(plan, seed: seed))
        #expect(readings(plan, seed: seed) != readings(plan, seed: seed + 1))
    }

    @Test(arguments: UInt64(1)...5) func `a stream does not depend on how many others there are`(seed: UInt64) {
        let few = readings(.small(streamCount: 3, rowCount: 200), seed: seed)
        let many = readings(.small(streamCount: 8, rowCount: 200), seed: seed)
        for row in 0..<200 { #expect(few[row][..<12] == many[row][..<12]) }
    }

    @Test(arguments: SimulatedFault.shapes, UInt64(1)...3)
    func `a fault changes its own channel in its own rows and nothing else`(shape: FaultShape, seed: UInt64) throws {
        let sound = SimulationPlan.small(streamCount: 2, rowCount: 400)
        var faulty = sound
        try faulty.inject(SimulatedFault(shape: shape, stream: 1, channel: 1, rows: 200..<260))
        let expected = readings(sound, seed: seed)
        let actual = readings(faulty, seed: seed)
        let faultyCell = MachineKind.channelCount + 1
        var strays: [[Int]] = []
        for row in 0..<400 {
            for cell in expected[row].indices where cell != faultyCell || !(200..<260).contains(row) {
                if actual[row][cell] != expected[row][cell] { strays.append([row, cell]) }
            }
        }
        #expect(strays.isEmpty, "rows and cells that should be as they were")
        let changed = (200..<260).filter { actual[$0][faultyCell] != expected[$0][faultyCell] }
        #expect(changed.count > 50, "a fault of 60 rows must show in nearly all of them")
    }

    @Test func `a level shift is as many times the spread as its magnitude says`() throws {
        try expectDifference(shape: .levelShift, magnitude: -4) { _ in -4 * 0.87 }
    }

    @Test func `a drift grows evenly up to its magnitude`() throws {
        try expectDifference(shape: .drift, magnitude: 5) { row in 5 * 0.87 * Double(row + 1) / 50 }
    }

    @Test func `a stuck channel holds the value before the fault`() throws {
        let (sound, faulty) = try pressures(.stuck, magnitude: nil)
        #expect(faulty[100..<150].allSatisfy { $0 == sound[99] })
        #expect(faulty[150] == sound[150])
    }

    @Test func `a channel that is stuck from the first row holds its first value`() throws {
        var plan = SimulationPlan.small(streamCount: 1, rowCount: 20)
        try plan.inject(SimulatedFault(shape: .stuck, stream: 0, channel: 0, rows: 0..<10))
        let column = readings(plan, seed: 1).map { $0[0] }
        #expect(!column[0].isNaN && column[..<10].allSatisfy { $0 == column[0] })
    }

    @Test(arguments: UInt64(1)...5) func `noise has the deviation of its magnitude`(seed: UInt64) throws {
        let sound = SimulationPlan.small(streamCount: 1, rowCount: 2000)
        var noisy = sound
        try noisy.inject(
            SimulatedFault(shape: .noise, stream: 0, channel: 1, rows: 0..<2000, magnitude: 2))
        let differences = zip(readings(sound, seed: seed), readings(noisy, seed: seed)).map { $1[1] - $0[1] }
        #expect(abs(deviation(differences) / (2 * 0.87) - 1) < 0.06)
        #expect(abs(mean(differences)) < 0.15)
    }

    @Test func `a dropout leaves the channel without values`() throws {
        let (_, faulty) = try pressures(.dropout, magnitude: nil)
        #expect(faulty[100..<150].allSatisfy { $0.isNaN })
        #expect(!faulty[99].isNaN && !faulty[150].isNaN)
    }

    @Test func `a change of unit turns bar into millibar and Celsius into Fahrenheit`() throws {
        let (sound, faulty) = try pressures(.unitChange, magnitude: nil)
        for row in 100..<150 { #expect(abs(faulty[row] - 1000 * sound[row]) < 1e-6) }

        let plan = SimulationPlan.small(streamCount: 1, rowCount: 10)
        var fahrenheit = plan
        try fahrenheit.inject(SimulatedFault(shape: .unitChange, stream: 0, channel: 0, rows: 0..<10))
        for (celsius, other) in zip(readings(plan, seed: 1), readings(fahrenheit, seed: 1)) {
            #expect(abs(other[0] - (1.8 * celsius[0] + 32)) <= 0.0050001)
        }
    }

    @Test func `rows lie on the grid from the start on, and then the simulation is over`() {
        let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
        var simulator = Simulator(
            plan: SimulationPlan(
                kinds: [.pump], streamCount: 1, start: start, intervalNanoseconds: 250_000_000, rowCount: 3),
            seed: 1)
        var times: [Int64] = []
        while simulator.advance() { times.append(simulator.time.nanoseconds(since: start)) }
        #expect(times == [0, 250_000_000, 500_000_000])
    }

    @Test func `a batch holds a reading of every stream with all its channels`() {
        var simulator = Simulator(plan: .small(streamCount: 5, rowCount: 2), seed: 1)
        var batch = ReadingBatch()
        while simulator.advance() { simulator.append(to: &batch) }
        #expect(batch.streams == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4].map { StreamID($0) })
        #expect(batch.cells(of: 9) == 36..<40)
        #expect(Array(batch.values[20...]) == simulator.values)
        #expect(batch.channels.prefix(8) == [0, 1, 2, 3, 0, 1, 2, 3])
    }

    @Test(arguments: MachineKind.allCases, UInt64(1)...3)
    func `every channel moves by more than its noise and stays within reason`(kind: MachineKind, seed: UInt64) {
        let plan = SimulationPlan.small(kinds: [kind], streamCount: 1, rowCount: 5000)
        let rows = readings(plan, seed: seed)
        for (index, channel) in kind.channels.enumerated() {
            let column = rows.map { $0[index] }
            let (center, spread) = (mean(column), deviation(column))
            #expect(spread > 2 * channel.noise, "\(channel.name) is nothing but noise")
            #expect(abs(spread / channel.spread - 1) < 0.35, "\(channel.name) has a spread of \(spread)")
            #expect(
                column.allSatisfy { abs($0 - center) < 6 * spread }, "\(channel.name) has outliers of its own")
            #expect(column.allSatisfy { $0 >= 0 })
            if channel.isTwoValued { #expect(Set(column) == [0, 1]) }
        }
    }

    @Test(arguments: [
        (MachineKind.pump, "pressure", "flow", 0.9...1.0),
        (.pump, "vibration", "flow", 0.8...1.0),
        (.pump, "temperature", "flow", 0.3...0.95),
        (.motor, "current", "speed", -1.0 ... -0.9),
        (.motor, "temperature", "current", 0.4...0.98),
        (.room, "co2", "occupancy", 0.4...0.95),
        (.room, "co2", "temperature", 0.7...1.0),
    ])
    func `the channels of a machine depend on each other`(
        kind: MachineKind, first: String, second: String, range: ClosedRange<Double>
    ) throws {
        let rows = readings(.small(kinds: [kind], streamCount: 1, rowCount: 5000), seed: 7)
        let names = kind.channels.map(\.name)
        let columns = try [first, second].map { name in
            let index = try #require(names.firstIndex(of: name))
            return rows.map { $0[index] }
        }
        #expect(range.contains(correlation(columns[0], columns[1])))
    }

    @Test(arguments: MachineKind.allCases) func `afternoons are warmer than nights`(kind: MachineKind) throws {
        let plan = SimulationPlan.small(kinds: [kind], streamCount: 1, intervalSeconds: 60, rowCount: 3 * 1440)
        let channel = try #require(kind.channels.firstIndex { $0.name == "temperature" })
        let column = readings(plan, seed: 3).map { $0[channel] }
        func average(hours: Range<Int>) -> Double {
            mean(column.indices.filter { hours.contains($0 / 60 % 24) }.map { column[$0] })
        }
        let swing = average(hours: 13..<17) - average(hours: 1..<5)
        #expect(swing > (kind == .room ? 0.3 : 1.2))
    }

    private func pressures(_ shape: FaultShape, magnitude: Double?) throws -> (sound: [Double], faulty: [Double]) {
        let sound = SimulationPlan.small(streamCount: 1, rowCount: 200)
        var faulty = sound
        try faulty.inject(
            SimulatedFault(shape: shape, stream: 0, channel: 1, rows: 100..<150, magnitude: magnitude))
        return (readings(sound, seed: 1).map { $0[1] }, readings(faulty, seed: 1).map { $0[1] })
    }

    private func expectDifference(
        shape: FaultShape, magnitude: Double, _ expected: (Int) -> Double
    ) throws {
        let (sound, faulty) = try pressures(shape, magnitude: magnitude)
        for row in 0..<50 {
            // The sensor resolves three digits.
            #expect(abs(faulty[100 + row] - sound[100 + row] - expected(row)) <= 0.000_500_1)
        }
    }
}
