import AnomalyDetection
import Daemon

/// Readings of a simulated pump a second apart, with faults that are labelled, as CSV.
struct SampleHistory {
    let rows: Int
    /// The faulty rows.
    let faults: [Range<Int>]
    private var values: [[Double]] = []

    init(rows: Int, seed: UInt64, faults: [Range<Int>] = []) {
        self.rows = rows
        self.faults = faults
        var plan = SimulationPlan(
            kinds: [.pump], streamCount: 1, start: Timestamp(seconds: 1_700_000_000),
            intervalNanoseconds: 1_000_000_000,
            rowCount: rows)
        for fault in faults {
            let shift = SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: fault, magnitude: 6)
            do { try plan.inject(shift) } catch { preconditionFailure("\(error)") }
        }
        var simulator = Simulator(plan: plan, seed: seed)
        while simulator.advance() { values.append(simulator.values) }
    }

    func isFaulty(_ row: Int) -> Bool { faults.contains { $0.contains(row) } }

    /// A line a reading, behind a header.
    func wide(isLabelled: Bool = true) -> [String] {
        ["timestamp,a,b,c,d" + (isLabelled ? ",label" : "")]
            + (0..<rows).map { row in
                "\(1_700_000_000 + row)," + values[row].map { "\($0)" }.joined(separator: ",")
                    + (isLabelled ? isFaulty(row) ? ",1" : ",0" : "")
            }
    }

    /// A line a value, behind a header.
    func long() -> [String] {
        ["timestamp,stream,channel,value,label"]
            + (0..<rows).flatMap { row in
                zip(["a", "b", "c", "d"], values[row]).map { channel, value in
                    // One of a reading's values that is labelled is enough.
                    "\(1_700_000_000 + row),pump,\(channel),\(value),\(isFaulty(row) && channel == "c" ? 1 : 0)"
                }
            }
    }
}
