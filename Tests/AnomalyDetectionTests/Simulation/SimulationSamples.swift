import AnomalyDetection

extension SimulationPlan {
    /// A plan of pumps, motors and rooms in turn, or of the given kinds, that starts at midnight.
    static func small(
        kinds: [MachineKind] = [.pump, .motor, .room], streamCount: Int, intervalSeconds: Int64 = 1, rowCount: Int
    ) -> SimulationPlan {
        SimulationPlan(
            kinds: kinds, streamCount: streamCount, start: Timestamp(nanoseconds: 1_767_225_600_000_000_000),
            intervalNanoseconds: intervalSeconds * 1_000_000_000, rowCount: rowCount)
    }
}

/// All values of a simulation, row by row.
func readings(_ plan: SimulationPlan, seed: UInt64) -> [[Double]] {
    var simulator = Simulator(plan: plan, seed: seed)
    var rows: [[Double]] = []
    while simulator.advance() { rows.append(simulator.values) }
    return rows
}

func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
}

func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
}

func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let (meanX, meanY) = (mean(x), mean(y))
    let covariance = zip(x, y).reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) } / Double(x.count)
    return covariance / (deviation(x) * deviation(y))
}
