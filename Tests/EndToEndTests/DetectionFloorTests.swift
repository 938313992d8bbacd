import Foundation
import Testing

/// Detection quality must not fall: a fixed subset of the labelled series, one of each kind of signal and more of the hard ones.
@Suite(.enabled(if: LabelledData.isThere, Comment(rawValue: LabelledData.absence)))
struct DetectionFloorTests {
    /// The mean average precision that was reached, 0.68, less 0.02.
    static let floor = 0.66

    private static let series = [
        "skab_valve1_0", "skab_valve1_4", "skab_other_6", "smap_E-9", "smap_P-3", "msl_F-5",
        "ucr_115_CIMIS44AirTemperature3", "ucr_161_WalkingAceleration1", "nab_ec2_cpu_utilization_825cc2",
        "nab_ambient_temperature_system_failure",
        "w3_t2_well00002_20131104014101", "w3_t5_well00016_20180405020345",
    ]

    @Test func `the mean average precision stays above the floor`() throws {
        let shell = try Shell()
        let index = LabelledData.rows(
            try String(contentsOfFile: LabelledData.path("index"), encoding: .utf8))
        var precisions: [Double] = []
        for name in Self.series {
            let row = try #require(index.first { $0["file"] == "\(name).csv" })
            let trainRows = try #require(row["train_rows"].flatMap { Int($0) })
            let result = try shell.run(
                "harken score --train-rows \(trainRows) --ignore label < '\(LabelledData.path(name))' > scored.csv")
            #expect(result.exitCode == 0, "\(name): \(result.errors)")
            let rows = LabelledData.rows(try shell.text(of: "scored.csv")).dropFirst(trainRows)
            let scored = rows.map { (score: Double($0["score"] ?? "") ?? 0, isAnomalous: $0["label"] == "1") }
            let precision = Self.averagePrecision(scored)
            print("average precision of \(name): \(precision)")
            precisions.append(precision)
        }
        let mean = precisions.reduce(0, +) / Double(precisions.count)
        print("mean average precision: \(mean)")
        #expect(mean >= Self.floor)
    }

    /// The mean of the precisions at each anomalous row, rows in the order of falling score, ties together.
    static func averagePrecision(_ rows: [(score: Double, isAnomalous: Bool)]) -> Double {
        let sorted = rows.sorted { $0.score > $1.score }
        let total = sorted.count { $0.isAnomalous }
        var (found, seen, sum) = (0, 0, 0.0)
        var start = 0
        while start < sorted.count {
            var end = start
            var foundHere = 0
            while end < sorted.count, sorted[end].score == sorted[start].score {
                if sorted[end].isAnomalous { foundHere += 1 }
                end += 1
            }
            found += foundHere
            seen += end - start
            sum += Double(foundHere) * Double(found) / Double(seen)
            start = end
        }
        return total == 0 ? 0 : sum / Double(total)
    }

    @Test func `average precision is what the definition says`() {
        let rows: [(score: Double, isAnomalous: Bool)] = [(3, true), (2, false), (1, true), (0.5, false)]
        let expected: Double = (1 + 2.0 / 3) / 2
        #expect(abs(Self.averagePrecision(rows) - expected) < 1e-12)
    }
}
