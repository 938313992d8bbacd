import AnomalyDetection
import Testing

struct ReadingBatchTests {
    private func batch(_ readings: [[Int: Double]]) -> ReadingBatch {
        var batch = ReadingBatch()
        for (number, cells) in readings.enumerated() {
            for (channel, value) in cells.sorted(by: { $0.key < $1.key }) {
                batch.appendCell(channel: channel, value: value)
            }
            batch.endReading(stream: StreamID(number), time: Timestamp(nanoseconds: Int64(number)))
        }
        return batch
    }

    @Test func `a reading has the cells that were appended before it ended`() {
        let batch = batch([[0: 1, 1: 2], [:], [3: 4]])
        #expect(batch.cells(of: 0) == 0..<2)
        #expect(batch.cells(of: 1) == 2..<2)
        #expect(batch.cells(of: 2) == 2..<3)
        #expect(batch.channels == [0, 1, 3])
        #expect(batch.values == [1, 2, 4])
    }

    @Test func `an abandoned reading leaves the ones beside it as they are`() {
        var batch = batch([[0: 1]])
        batch.appendCell(channel: 5, value: 9)
        batch.appendCell(channel: 6, value: 9)
        batch.abandonReading()
        batch.appendCell(channel: 1, value: 2)
        batch.endReading(stream: StreamID(7), time: Timestamp(nanoseconds: 8))
        #expect(batch.count == 2)
        #expect(batch.values == [1, 2])
        #expect(batch.cells(of: 1) == 1..<2)
    }

    @Test func `putting a cell changes the one of the open reading and none before it`() {
        var batch = batch([[4: 1]])
        batch.putCell(channel: 4, value: 2)
        batch.putCell(channel: 5, value: 3)
        batch.putCell(channel: 4, value: 4)
        batch.endReading(stream: StreamID(0), time: Timestamp(nanoseconds: 0))
        #expect(batch.channels == [4, 4, 5])
        #expect(batch.values == [1, 4, 3])
    }

    @Test func `an appended batch keeps its cells`() {
        var left = batch([[0: 1], [1: 2, 2: 3]])
        left.append(contentsOf: batch([[3: 4], [4: 5, 5: 6]]))
        #expect(left.count == 4)
        #expect(left.cells(of: 2) == 3..<4)
        #expect(left.cells(of: 3) == 4..<6)
        #expect(left.values == [1, 2, 3, 4, 5, 6])
    }
}
