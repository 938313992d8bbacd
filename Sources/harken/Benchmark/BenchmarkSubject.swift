import Glibc

/// A piece of work that is timed: what it is, how much one run of it does, and how to run it once.
struct BenchmarkSubject {
    /// What is done, for people.
    let name: String
    /// How much one run does, in each of its units.
    let amounts: [Amount]
    /// Runs it once and gives the seconds that it took; what only prepares a run is not counted.
    let run: () async throws -> Double

    /// So much of a unit in one run.
    struct Amount {
        /// How much.
        var count: Double
        /// What is counted in a second, such as `windows/s`; `s` counts the seconds themselves.
        var unit: String
    }

    /// Work that does so much of one unit in a run.
    init(_ name: String, _ count: Int, _ unit: String, run: @escaping () async throws -> Double) {
        self.init(name, [Amount(count: Double(count), unit: unit)], run: run)
    }

    /// Work that is counted in several units.
    init(_ name: String, _ amounts: [Amount], run: @escaping () async throws -> Double) {
        self.name = name
        self.amounts = amounts
        self.run = run
    }

    /// The seconds that `work` takes by the clock on the wall.
    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await work()
        let (seconds, attoseconds) = (clock.now - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// The seconds of one processor that `work` takes, which does all of it in one thread: what it would take on a machine
    /// that has nothing else to do.
    static func processorSeconds(_ work: () throws -> Void) rethrows -> Double {
        let start = clock()
        try work()
        return Double(clock() - start) / 1e6  // POSIX counts in millionths.
    }
}

/// How two pieces of work are compared.
enum BenchmarkComparison {
    /// The rate in percent of the other's.
    case shareOfRate
    /// The time as a multiple of the other's.
    case multipleOfTime
}
