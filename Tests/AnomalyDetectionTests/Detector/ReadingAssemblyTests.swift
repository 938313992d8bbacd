import AnomalyDetection
import Testing

/// How cells become readings, seen from outside: the rows that the engine accepts.
struct ReadingAssemblyTests {
    /// A cell or a whole row: second, stream, and values by channel.
    private typealias Line = (second: Int64, stream: Int, cells: [Int: Double])

    private func engine() -> DetectionEngine {
        DetectionEngine(settings: DetectorSettings()) { _ in [] }
    }

    private func batch(_ lines: [Line]) -> ReadingBatch {
        var batch = ReadingBatch()
        for line in lines {
            for (channel, value) in line.cells.sorted(by: { $0.key < $1.key }) {
                batch.appendCell(channel: channel, value: value)
            }
            batch.endReading(
                stream: StreamID(line.stream), time: Timestamp(nanoseconds: line.second * 1_000_000_000))
        }
        return batch
    }

    /// The accepted readings as text: stream, second, values, with a dash for missing.
    private func rows(_ output: DetectionOutput) -> [String] {
        output.rows.map { row in
            let values = output.values[row.valueStart..<(row.valueStart + row.valueCount)]
            return "\(row.stream.index) \(row.time.nanoseconds / 1_000_000_000): "
                + values.map { $0.isNaN ? "-" : "\(Int($0))" }.joined(separator: " ")
        }
    }

    private func accepted(_ lines: [Line], finishing: Bool = true) -> (rows: [String], late: Int) {
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(batch(lines), into: &output)
        if finishing { engine.completeReadings(into: &output) }
        return (rows(output), output.lateCount)
    }

    @Test func `rows with all channels are readings at once but for the first`() {
        let lines: [Line] = [(1, 0, [0: 5, 1: 6]), (2, 0, [0: 7, 1: 8]), (3, 0, [0: 9, 1: 10])]
        #expect(accepted(lines, finishing: false).rows == ["0 1: 5 6", "0 2: 7 8", "0 3: 9 10"])
        #expect(accepted(Array(lines[..<1]), finishing: false).rows == [], "a channel of the first might still come")
        #expect(accepted(Array(lines[..<1])).rows == ["0 1: 5 6"])
    }

    @Test func `a line a channel makes one reading a time`() {
        let lines: [Line] = [
            (1, 0, [0: 5]), (1, 0, [1: 6]), (2, 0, [0: 7]), (2, 0, [1: 8]), (3, 0, [1: 10]), (3, 0, [0: 9]),
        ]
        #expect(accepted(lines).rows == ["0 1: 5 6", "0 2: 7 8", "0 3: 9 10"])
    }

    @Test func `streams that are interleaved are put together each for itself`() {
        let lines: [Line] = [
            (1, 0, [0: 1]), (1, 1, [0: 2]), (1, 0, [1: 3]), (2, 1, [0: 4]), (2, 0, [0: 5]), (2, 0, [1: 6]),
        ]
        #expect(accepted(lines).rows == ["1 1: 2", "1 2: 4", "0 1: 1 3", "0 2: 5 6"])
    }

    @Test func `a channel that does not come is missing`() {
        let lines: [Line] = [(1, 0, [0: 5, 1: 6]), (2, 0, [1: 8]), (3, 0, [0: 9, 1: 10])]
        #expect(accepted(lines).rows == ["0 1: 5 6", "0 2: - 8", "0 3: 9 10"])
    }

    @Test func `a value that is said to be missing completes its reading`() {
        let lines: [Line] = [(1, 0, [0: 5, 1: 6]), (2, 0, [0: .nan, 1: 8])]
        #expect(accepted(lines, finishing: false).rows == ["0 1: 5 6", "0 2: - 8"])
    }

    @Test func `an infinite value is missing`() {
        #expect(accepted([(1, 0, [0: .infinity, 1: 6])]).rows == ["0 1: - 6"])
    }

    @Test func `a channel that is new widens the readings from then on`() {
        let lines: [Line] = [
            (1, 0, [0: 5]), (2, 0, [0: 6]), (3, 0, [0: 7, 2: 9]), (4, 0, [0: 8]), (5, 0, [0: 1, 1: 2]),
        ]
        #expect(accepted(lines).rows == ["0 1: 5", "0 2: 6", "0 3: 7 - 9", "0 4: 8 - -", "0 5: 1 2 -"])
    }

    @Test func `a cell that comes when its reading is complete is late`() {
        let lines: [Line] = [
            (1, 0, [0: 5, 1: 6]), (2, 0, [0: 7, 1: 8]), (2, 0, [1: 9]), (1, 0, [0: 0]), (3, 0, [0: 1, 1: 2]),
        ]
        let (rows, late) = accepted(lines)
        #expect(rows == ["0 1: 5 6", "0 2: 7 8", "0 3: 1 2"])
        #expect(late == 2)
    }

    @Test func `a cell of an earlier time does not disturb the reading in hand`() {
        let lines: [Line] = [(1, 0, [0: 5]), (1, 0, [1: 6]), (2, 0, [0: 7]), (1, 0, [1: 0]), (2, 0, [1: 8])]
        let (rows, late) = accepted(lines)
        #expect(rows == ["0 1: 5 6", "0 2: 7 8"])
        #expect(late == 1)
    }

    @Test func `a channel that is mentioned twice keeps its last value`() {
        let lines: [Line] = [(1, 0, [0: 5, 1: 6]), (2, 0, [0: 7]), (2, 0, [0: 70]), (2, 0, [1: 8])]
        #expect(accepted(lines).rows == ["0 1: 5 6", "0 2: 70 8"])
    }

    @Test func `the time of a reading in hand can be asked for`() {
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(batch([(1, 0, [0: 5, 1: 6]), (2, 0, [0: 7])]), into: &output)
        #expect(engine.assemblingTime(of: StreamID(0)) == Timestamp(nanoseconds: 2_000_000_000))
        #expect(engine.assemblingTime(of: StreamID(9)) == nil)
        engine.ingest(batch([(2, 0, [1: 7])]), into: &output)
        #expect(engine.assemblingTime(of: StreamID(0)) == nil)
    }

    @Test func `nothing alerts or is scored during warm-up, and the standing says how much is missing`() {
        var settings = DetectorSettings.quick
        settings.warmUpReadings = 250
        let engine = DetectionEngine(settings: settings) { _ in [] }
        var output = DetectionOutput()
        var readings = SampleReadings.sound(rows: 250, seed: 1)
        // Even a fault that nobody could overlook.
        for row in 100..<140 { readings[row].cells[0].value = 1e6 }
        #expect(engine.standing(of: StreamID(0)).readingsNeeded == 250)
        for (index, reading) in readings.enumerated() {
            engine.ingest(ReadingBatch(CollectionOfOne(reading)), into: &output)
            engine.completeReadings(into: &output)
            let standing = engine.standing(of: StreamID(0))
            #expect(standing.readings == index + 1)
            #expect(standing.readingsNeeded == 249 - index)
            #expect(standing.modelID == 0 && standing.threshold == nil)
            if index < 249 {
                #expect(standing.explanation.contains("\(249 - index) more readings are needed"))
                #expect(output.trainingRequests.isEmpty)
            }
        }
        #expect(output.trainingRequests.map(\.reason) == [.warmUp])
        #expect(output.rows.allSatisfy { $0.score.isNaN && $0.modelID == 0 && !$0.isAlerting })
        #expect(output.transitions.isEmpty)
        #expect(engine.standing(of: StreamID(0)).explanation.contains("in training"))
    }

    @Test func `a refused training says why and is tried again with more readings`() {
        var settings = DetectorSettings.quick
        settings.warmUpReadings = 100
        let engine = DetectionEngine(settings: settings) { _ in [] }
        var output = DetectionOutput()
        let readings = SampleReadings.sound(rows: 200, seed: 1)
        engine.ingest(ReadingBatch(readings[..<120]), into: &output)
        let request = output.trainingRequests[0]
        #expect(engine.standing(of: StreamID(0)).readingsWaiting == 20)
        engine.install(TrainingResult(request: request, promoted: nil, reason: "too dull"), into: &output)
        #expect(engine.standing(of: StreamID(0)).readingsWaiting == 0)
        #expect(engine.standing(of: StreamID(0)).readingsNeeded == 30)
        #expect(engine.standing(of: StreamID(0)).explanation.contains("too dull"))
        engine.ingest(ReadingBatch(readings[120...]), into: &output)
        #expect(output.trainingRequests.map(\.throughReading) == [100, 150])
    }
}
