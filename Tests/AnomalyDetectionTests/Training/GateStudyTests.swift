import AnomalyDetection
import Foundation
import TestSupport
import Testing

/// How often the gate refuses honest candidates on readings of real machines: a study, run by
/// `HARKEN_GATE_STUDY=1 swift test -c release --filter GateStudyTests`, which prints a line for each series.
@Suite(
    .serialized,
    .enabled(
        if: LabelledSeries.areThere && ProcessInfo.processInfo.environment["HARKEN_GATE_STUDY"] != nil))
struct GateStudyTests {
    private static let minute: Int64 = 60_000_000_000

    /// Every other series whose clean beginning has at least a thousand readings.
    private static let names = [
        "nab_ec2_cpu_utilization_24ae8d", "nab_ec2_cpu_utilization_77c1ca",
        "nab_ec2_disk_write_bytes_c0d644",
        "nab_ec2_request_latency_system_failure", "nab_grok_asg_anomaly", "msl_T-13",
        "ucr_135_InternalBleeding16",
        "ucr_161_WalkingAceleration1", "w3_t6_well00004_20171031181509",
        "nab_ambient_temperature_system_failure",
        "ucr_111_3sddb40", "ucr_181_park3m", "msl_u_F-4", "msl_P-11", "ucr_112_BIDMC1", "smap_D-6",
        "smap_A-2",
        "smap_E-7", "ucr_115_CIMIS44AirTemperature3", "smap_G-1", "smap_u_P-7", "smap_F-2", "smap_D-2",
        "smap_E-9",
        "w3_t7_well00001_20170226220309", "nab_Twitter_volume_GOOG", "ucr_209_Fantasia",
        "nab_Twitter_volume_IBM",
        "w3_t2_well00011_20140720120102", "w3_t1_well00006_20170801063614", "ucr_201_CHARISfive",
        "ucr_164_apneaecg3",
        "ucr_206_CHARISten", "ucr_242_tilt12744mtable",
    ]

    /// Every series that there is.
    private static var allNames: [String] {
        let files =
            (try? FileManager.default.contentsOfDirectory(atPath: LabelledSeries.folder?.path() ?? ""))
            ?? []
        return files.filter { $0.hasSuffix(".csv") && $0.contains("_") }.map { String($0.dropLast(4)) }
            .sorted()
    }

    private func history(_ name: String) throws -> TrainingHistory {
        let series = try LabelledSeries(name)
        let rows = try #require(try LabelledSeries.trainRows(of: name))
        return TrainingHistory(
            channelCount: series.channelCount,
            times: (0..<rows).map {
                SampleReadings.start.advanced(byNanoseconds: Int64($0) * Self.minute)
            },
            values: Array(series.values[0..<(rows * series.channelCount)]),
            isAlerting: Array(repeating: false, count: rows))
    }

    private func print(_ kind: String, _ name: String, _ decision: TrainingDecision, _ time: Duration) {
        let numbers = decision.metrics.sorted { $0.key < $1.key }.map {
            "\($0.key)=\(($0.value * 1e4).rounded() / 1e4)"
        }
        Swift.print(
            "study", kind, name, decision.verdict.rawValue, time, decision.reason,
            numbers.joined(separator: " "),
            separator: "|")
    }

    /// The whole clean beginning, as `harken score --train-rows` learns it.
    @Test(arguments: allNames) func `the first model of a real stream`(name: String) throws {
        let clock = ContinuousClock()
        var outcome: ModelTrainer.Outcome?
        let history = try history(name)
        let time = try clock.measure {
            outcome = try ModelTrainer(settings: DetectorSettings()).train(
                on: history, live: nil, seed: 1)
        }
        if let outcome { print("whole", name, outcome.decision, time) }
    }

    /// The live version knows the first third of a clean history, the candidate two thirds.
    @Test(arguments: names) func `an honest candidate of a real stream`(name: String) throws {
        let all = try history(name)
        let trainer = ModelTrainer(settings: DetectorSettings())
        let clock = ContinuousClock()
        var outcome: ModelTrainer.Outcome?
        let first = try clock.measure {
            outcome = try trainer.train(on: all[0..<(all.count / 3)], live: nil, seed: 1)
        }
        if let outcome { print("first", name, outcome.decision, first) }
        let live = try #require(outcome?.candidate)
        let second = try clock.measure {
            outcome = try trainer.train(on: all[0..<(all.count * 5 / 6)], live: live, seed: 2)
        }
        if let outcome { print("candidate", name, outcome.decision, second) }
    }
}
