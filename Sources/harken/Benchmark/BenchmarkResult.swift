/// What came of timing one piece of work, and of the one that it was compared with.
struct BenchmarkResult: Encodable {
    /// A median and how far the runs spread.
    struct Spread: Encodable {
        let median: Double
        let minimum: Double
        let maximum: Double

        /// The spread of numbers, at least one.
        init(of values: [Double]) {
            let sorted = values.sorted()
            let middle = sorted.count / 2
            median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
            minimum = sorted[0]
            maximum = sorted[sorted.count - 1]
        }
    }

    /// A rate with its unit.
    struct Rate: Encodable {
        let unit: String
        let spread: Spread
    }

    /// The other piece of work.
    struct Baseline: Encodable {
        let name: String
        let rates: [Rate]
    }

    /// One measure against another, run by run.
    struct Ratio: Encodable {
        /// `%` of the baseline's rate, or `×` the baseline's time.
        let unit: String
        let spread: Spread
    }

    /// The kind of work, such as `score`.
    let group: BenchmarkGroup
    /// What was done.
    let name: String
    let rates: [Rate]
    let baseline: Baseline?
    let ratio: Ratio?
    /// What is to be known of the numbers, such as why there is no ratio.
    let note: String?

    /// Times a piece of work, and another in turns with it where there is one, so that what slows the machine down for a
    /// while slows both.
    static func measure(
        _ subject: BenchmarkSubject, beside other: BenchmarkSubject? = nil, as comparison: BenchmarkComparison? = nil,
        in group: BenchmarkGroup, repeated count: Int, note: String? = nil
    ) async throws -> BenchmarkResult {
        // The first run finds cold caches and memory that was never touched.
        _ = try await subject.run()
        _ = try await other?.run()
        var (seconds, otherSeconds): ([Double], [Double]) = ([], [])
        for _ in 0..<count {
            seconds.append(try await subject.run())
            if let other { otherSeconds.append(try await other.run()) }
        }
        var ratio: Ratio?
        if let other, let comparison {
            let ratios = zip(seconds, otherSeconds).map { own, theirs in
                switch comparison {
                case .shareOfRate: 100 * (subject.amounts[0].count / own) / (other.amounts[0].count / theirs)
                case .multipleOfTime: own / theirs
                }
            }
            ratio = Ratio(unit: comparison == .shareOfRate ? "%" : "×", spread: Spread(of: ratios))
        }
        return BenchmarkResult(
            group: group, name: subject.name, rates: rates(of: subject, seconds),
            baseline: other.map { Baseline(name: $0.name, rates: rates(of: $0, otherSeconds)) }, ratio: ratio,
            note: note)
    }

    private static func rates(of subject: BenchmarkSubject, _ seconds: [Double]) -> [Rate] {
        subject.amounts.map { amount in
            Rate(
                unit: amount.unit,
                spread: Spread(of: seconds.map { amount.unit == "s" ? $0 : amount.count / $0 }))
        }
    }
}
