import AnomalyDetection
import Foundation
import LinearAlgebra
import Testing
import VAE

/// What a member of a fleet costs in memory. It reads what the whole process uses, so it runs alone, when it is asked to.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HARKEN_MEASURE_MEMORY"] == "1",
        "set HARKEN_MEASURE_MEMORY=1 and filter for this suite to measure memory"))
struct FleetMemoryTests {
    private static let streams = 20_000

    private static func history(of stream: Int, rows: Int) -> TrainingHistory {
        var random = RandomSource(seed: UInt64(stream))
        let phase = 6.28 * random.uniform()
        let values = (0..<rows).map { row in
            20 + Double(stream % 7) + sin(Double(row) / 9 + phase) + 0.1 * random.normal()
        }
        return TrainingHistory(
            channelCount: 1,
            times: (0..<rows).map { SampleReadings.start.advanced(byNanoseconds: Int64($0) * SampleReadings.second) },
            values: values, isAlerting: [Bool](repeating: false, count: rows))
    }

    /// Bytes that the process has in memory.
    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
    }

    // Measured: 15,037 bytes, of which some 7,000 are the newest readings and the window. The budget for 100,000 streams in a
    // gigabyte, 10,000 bytes, is not met yet.
    @Test func `a stream of one channel costs at most sixteen kilobytes beside the weights that it shares`() throws {
        // What weights weigh is shared, so the quickest do.
        var settings = DetectorSettings()
        settings.evidence = [.rebuild, .novelty, .stuck]
        let weights = try #require(
            try FleetTrainer(settings: settings, training: .quick).train(
                on: (0..<8).map { FleetTrainer.Member(history: Self.history(of: $0, rows: 400)) }, live: nil,
                version: 1, seed: 1
            ).model)
        let fleet = try FleetBlob.decode(FleetBlob.encode(weights), id: 1)
        let engine = DetectionEngine(settings: settings) { _ in ["x"] }
        var output = DetectionOutput()
        let before = try Self.residentBytes()
        for stream in 0..<Self.streams {
            let history = Self.history(of: stream, rows: DetectionEngine.readingsToResume)
            engine.resume(
                StreamID(stream), from: .scoringOnly(channelCount: 1), readings: history,
                live: LiveModel(id: Int64(stream + 1), model: fleet.member(of: history, settings: settings)),
                scheduled: nil, into: &output)
        }
        let atRest = try Self.residentBytes()
        var batch = ReadingBatch()
        for round in 1...100 {
            batch.removeAll()
            let last = DetectionEngine.readingsToResume - 1 + round
            for stream in 0..<Self.streams {
                batch.appendCell(channel: 0, value: 20 + Double(stream % 7) + sin(Double(last) / 9))
                batch.endReading(
                    stream: StreamID(stream),
                    time: SampleReadings.start.advanced(byNanoseconds: Int64(last) * SampleReadings.second))
            }
            engine.ingest(batch, into: &output)
            output.removeAll()
        }
        let scoring = try Self.residentBytes()
        let (resting, working) = ((atRest - before) / Self.streams, (scoring - before) / Self.streams)
        let shared = FleetBlob.encode(weights).count
        print("\(resting) bytes a stream at rest, \(working) after 100 readings; weights \(shared)")
        #expect(working < 16_384, "\(working) bytes a stream")
    }
}
