import Foundation

/// All results of a benchmark, as a table or as JSON.
struct BenchmarkReport: Encodable {
    let seed: UInt64
    let repeatCount: Int
    let isQuick: Bool
    var results: [BenchmarkResult] = []

    /// A report without results yet.
    init(seed: UInt64, repeatCount: Int, isQuick: Bool) {
        self.seed = seed
        self.repeatCount = repeatCount
        self.isQuick = isQuick
    }

    /// The table, line by line: a result a line, and below it what it was compared with.
    func lines(on terminal: Terminal) -> [String] {
        var table = TextTable([
            .text("WORK"), .number("MEDIAN"), .text("UNIT"), .number("MIN – MAX"), .number("RATIO"),
            .number("MIN – MAX"),
        ])
        for result in results {
            append("\(result.group.rawValue): \(result.name)", result.rates, result.ratio, to: &table)
            if let baseline = result.baseline { append("  beside \(baseline.name)", baseline.rates, nil, to: &table) }
        }
        return table.lines(on: terminal)
            + results.compactMap { result in
                result.note.map { "\(result.group.rawValue): \(result.name): \($0)" }
            }
    }

    private func append(
        _ name: String, _ rates: [BenchmarkResult.Rate], _ ratio: BenchmarkResult.Ratio?, to table: inout TextTable
    ) {
        for (index, rate) in rates.enumerated() {
            let ratio = index == 0 ? ratio : nil
            table.append([
                index == 0 ? name : "", Self.number(rate.spread.median), rate.unit, Self.range(rate.spread),
                ratio.map { "\(Self.number($0.spread.median)) \($0.unit)" } ?? "",
                ratio.map { Self.range($0.spread) } ?? "",
            ])
        }
    }

    private static func range(_ spread: BenchmarkResult.Spread) -> String {
        "\(number(spread.minimum)) – \(number(spread.maximum))"
    }

    /// Three significant digits; larger numbers whole, in groups of three.
    private static func number(_ value: Double) -> String {
        guard value >= 100 else { return String(format: value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value) }
        let digits = Array(String(Int(value.rounded())))
        return digits.indices.map { index in
            (index > 0 && (digits.count - index).isMultiple(of: 3) ? "," : "") + String(digits[index])
        }.joined()
    }
}
