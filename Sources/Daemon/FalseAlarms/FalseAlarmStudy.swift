package import AnomalyDetection
internal import LinearAlgebra

/// How many alerts simulated machines raise that never fail.
///
/// They have daily cycles and, as part of what is normal for them, bursts of noise; in the middle the input and the detector stop
/// for a while and go on. The detector learns and retrains as the daemon does, from the first reading on.
package struct FalseAlarmStudy: Sendable {
    /// A burst adds noise with this deviation, in multiples of that of the sensor's own.
    private static let burstDeviation = 3.0
    /// Some channel of a stream is noisy so many times a day.
    private static let burstsPerDay = 2.0
    /// A burst lasts so many readings.
    private static let burstLengths = 5..<20
    /// Nanoseconds for which input and detector stop in the middle.
    private static let outage: Int64 = 3_600 * 1_000_000_000
    /// Readings that the detector takes at a time.
    private static let batchReadings = 1_440

    /// The simulated time, in nanoseconds.
    package let duration: Int64
    /// Nanoseconds between two readings of a stream.
    package let interval: Int64
    /// The seed of the machines.
    package let seed: UInt64

    /// A study of machines over a time.
    package init(duration: Int64, interval: Int64, seed: UInt64) {
        self.duration = duration
        self.interval = interval
        self.seed = seed
    }

    /// The alerts that the machine of a number raises; their kinds take turns.
    package func alerts(ofStream number: Int, settings: DetectorSettings) throws -> [Alert] {
        let seed = seed &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        let plan = try plan(of: MachineKind.allCases[number % MachineKind.allCases.count], seed: seed)
        let names = SharedStreamTable(StreamTable())
        names.withTable { table in
            _ = table.restore(
                name: "\(plan.kinds[0].rawValue)-\(number + 1)", channels: plan.channels(of: 0).map(\.name))
        }
        let detector = InlineDetector(
            settings: settings, trainRows: nil, retrains: true, names: names, wantsExpected: false,
            warn: { _ in })
        var alerts = AlertList()
        var simulator = Simulator(plan: plan, seed: seed)
        var batch = ReadingBatch()
        let outageRows = plan.rowCount / 2..<(plan.rowCount / 2 + Int(Self.outage / interval))
        while simulator.advance() {
            if simulator.row - 1 == outageRows.lowerBound {
                detector.detect(batch) { alerts.note($0) }
                batch.removeAll()
                try detector.restart()
            }
            if outageRows.contains(simulator.row - 1) { continue }
            simulator.append(to: &batch)
            if batch.count >= Self.batchReadings {
                detector.detect(batch) { alerts.note($0) }
                batch.removeAll()
            }
        }
        detector.detect(batch) { alerts.note($0) }
        detector.finish { alerts.note($0) }
        return alerts.all
    }

    private func plan(of kind: MachineKind, seed: UInt64) throws(SimulationFailure) -> SimulationPlan {
        var plan = SimulationPlan(
            kinds: [kind], streamCount: 1, start: Timestamp(nanoseconds: 1_767_225_600_000_000_000),
            intervalNanoseconds: interval, rowCount: Int(duration / interval))
        var random = RandomSource(seed: ~seed)
        let channels = kind.channels.indices.filter { !kind.channels[$0].isTwoValued }
        let dayRows = Int(86_400_000_000_000 / interval)
        for _ in 0..<Int(Self.burstsPerDay * Double(plan.rowCount) / Double(dayRows)) {
            let start = random.index(below: plan.rowCount)
            let length = Self.burstLengths.lowerBound + random.index(below: Self.burstLengths.count)
            let channel = channels[random.index(below: channels.count)]
            let sensor = kind.channels[channel]
            try plan.inject(
                SimulatedFault(
                    shape: .noise, stream: 0, channel: channel, rows: start..<(start + length),
                    magnitude: Self.burstDeviation * sensor.noise / sensor.spread))
        }
        return plan
    }
}
