import AnomalyDetection
import Daemon
import Testing

struct ReadingQueueTests {
    /// A batch of readings of one stream, its times counting on from `start`.
    private func batch(_ count: Int, stream: Int = 0, from start: Int = 0) -> ReadingBatch {
        var batch = ReadingBatch()
        for index in start..<(start + count) {
            batch.appendCell(channel: 0, value: Double(index))
            batch.endReading(stream: StreamID(stream), time: Timestamp(nanoseconds: Int64(index)))
        }
        return batch
    }

    /// Where a batch keeps its values.
    private func address(of batch: ReadingBatch) -> UInt {
        // SAFETY: the pointer becomes a number and is never followed.
        unsafe batch.values.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }

    private func position(_ offset: Int64) -> SourcePosition {
        SourcePosition(source: "stdin", offset: offset)
    }

    @Test func `what is sent comes out in order, with its position`() async throws {
        let queue = ReadingQueue(capacity: 100_000)
        for index in 0..<5 {
            var readings = batch(5_000, from: index * 5_000)
            #expect(await queue.send(&readings, position: position(Int64(index))))
            #expect(readings.isEmpty)
        }
        queue.finish()
        var times: [Int64] = []
        var positions: [Int64] = []
        while let element = await queue.next() {
            times += element.batch.times.map(\.nanoseconds)
            positions.append(try #require(element.position).offset)
        }
        #expect(times == (0..<25_000).map { Int64($0) })
        #expect(positions == [0, 1, 2, 3, 4])
    }

    @Test func `small batches of one input are joined, and keep the last position`() async throws {
        let queue = ReadingQueue(capacity: 1_000)
        for index in 0..<10 {
            var readings = batch(3, from: index * 3)
            #expect(await queue.send(&readings, position: position(Int64(index))))
        }
        let element = try #require(queue.nextIfAvailable())
        #expect(element.batch.times.map(\.nanoseconds) == (0..<30).map { Int64($0) })
        #expect(element.position == position(9))
        #expect(queue.nextIfAvailable() == nil)
        #expect(queue.count == 0)
    }

    @Test func `what is offered is not joined to what was sent`() async throws {
        let queue = ReadingQueue(capacity: 1_000)
        var sent = batch(3)
        var offered = batch(2)
        #expect(await queue.send(&sent, position: position(7)))
        #expect(queue.offer(&offered))
        #expect(try #require(queue.nextIfAvailable()).position == position(7))
        #expect(try #require(queue.nextIfAvailable()).position == nil)
    }

    @Test func `an offer to a full queue is refused and left as it was`() {
        let queue = ReadingQueue(capacity: 10)
        var first = batch(8)
        #expect(queue.offer(&first))
        var second = batch(3)
        #expect(!queue.offer(&second))
        #expect(second.count == 3)
        #expect(queue.count == 8)
        _ = queue.nextIfAvailable()
        #expect(queue.offer(&second))
    }

    @Test func `a batch larger than the queue is taken when nothing else waits`() async {
        let queue = ReadingQueue(capacity: 10)
        var sent = batch(50)
        #expect(await queue.send(&sent))
        _ = await queue.next()
        var offered = batch(50)
        #expect(queue.offer(&offered))
    }

    @Test func `a sender waits for room and goes on when there is some`() async {
        let queue = ReadingQueue(capacity: 100)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for index in 0..<100 {
                    var readings = batch(40, from: index * 40)
                    #expect(await queue.send(&readings))
                }
                queue.finish()
            }
            var count = 0
            while let element = await queue.next() {
                #expect(element.batch.times.first?.nanoseconds == Int64(count))
                count += element.batch.count
                // At most half of the room and one batch are taken by what is sent.
                #expect(queue.count <= 90)
            }
            #expect(count == 4_000)
        }
    }

    @Test func `a file does not crowd out datagrams`() async {
        let queue = ReadingQueue(capacity: 100)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for _ in 0..<10 {
                    var readings = batch(25)
                    guard await queue.send(&readings) else { return false }
                }
                return true
            }
            while queue.count < 50 { await Task.yield() }
            var datagram = batch(50)
            #expect(queue.offer(&datagram))
            queue.finish()
            #expect(await group.next() == false)
        }
    }

    @Test func `datagrams do not hold up a file`() async {
        let queue = ReadingQueue(capacity: 100)
        var flood = batch(100)
        #expect(queue.offer(&flood))
        var readings = batch(30)
        #expect(await queue.send(&readings))
        #expect(queue.count == 130)
    }

    @Test func `a canceled sender keeps its batch, and the next one gets its turn`() async {
        let queue = ReadingQueue(capacity: 20)
        var first = batch(10)
        #expect(await queue.send(&first))
        let canceled = Task { () -> (Bool, Int) in
            var readings = batch(10)
            return (await queue.send(&readings), readings.count)
        }
        let patient = Task { () -> Bool in
            var readings = batch(5, stream: 1)
            return await queue.send(&readings)
        }
        for _ in 0..<100 { await Task.yield() }
        canceled.cancel()
        #expect(await canceled.value == (false, 10))
        _ = await queue.next()
        #expect(await patient.value)
        #expect(await queue.next()?.batch.streams.first == StreamID(1))
    }

    @Test func `a canceled consumer gets nothing and takes nothing`() async {
        let queue = ReadingQueue(capacity: 20)
        let consumer = Task { await queue.next() == nil }
        for _ in 0..<100 { await Task.yield() }
        consumer.cancel()
        #expect(await consumer.value)
        var readings = batch(3)
        #expect(queue.offer(&readings))
        #expect(await queue.next()?.batch.count == 3)
    }

    @Test func `a finished queue takes nothing more and gives what it has`() async {
        let queue = ReadingQueue(capacity: 20)
        var first = batch(3)
        #expect(await queue.send(&first))
        queue.finish()
        queue.finish()
        var late = batch(3)
        #expect(await !queue.send(&late))
        #expect(!queue.offer(&late))
        #expect(late.count == 3)
        #expect(await queue.next()?.batch.count == 3)
        #expect(await queue.next() == nil)
        #expect(await queue.next() == nil)
    }

    @Test func `memory that is given back is used again`() async throws {
        let queue = ReadingQueue(capacity: 100_000)
        var readings = batch(5_000)
        #expect(await queue.send(&readings))
        var element = try #require(queue.nextIfAvailable())
        let before = address(of: element.batch)
        var read = ReadingBatch()
        swap(&read, &element.batch)
        queue.recycle(consume read)
        var other = batch(5_000)
        #expect(await queue.send(&other))
        other.appendCell(channel: 0, value: 1)
        #expect(address(of: other) == before)
    }

    /// Several senders and offerers at once, some canceled midway; meant to be run under the thread sanitizer too.
    @Test(arguments: UInt64(1)...8)
    func `nothing is lost, repeated or put out of order under load`(seed: UInt64) async {
        let queue = ReadingQueue(capacity: 64)
        let producers = 6
        let accepted = await withTaskGroup(of: (stream: Int, count: Int)?.self, returning: [Int: Int].self) { group in
            for stream in 0..<producers {
                group.addTask {
                    var bits = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(stream)
                    var sent = 0
                    for _ in 0..<400 {
                        bits = bits &* 6_364_136_223_846_793_005 &+ 1
                        var readings = batch(Int(bits >> 33) % 20 + 1, stream: stream, from: sent)
                        let count = readings.count
                        if stream % 2 == 0 {
                            if await queue.send(&readings) { sent += count }
                        } else {
                            if queue.offer(&readings) { sent += count } else { await Task.yield() }
                        }
                    }
                    return (stream, sent)
                }
            }
            // A sender that is canceled again and again, and must leave no room held.
            group.addTask {
                for _ in 0..<50 {
                    let task = Task { () -> Bool in
                        var readings = batch(40, stream: 99)
                        return await queue.send(&readings)
                    }
                    await Task.yield()
                    task.cancel()
                    _ = await task.value
                }
                return nil
            }
            group.addTask {
                var seen: [Int: Int] = [:]
                while let element = await queue.next() {
                    for index in 0..<element.batch.count where element.batch.streams[index].index != 99 {
                        let stream = element.batch.streams[index].index
                        #expect(element.batch.times[index].nanoseconds == Int64(seen[stream, default: 0]))
                        seen[stream, default: 0] += 1
                    }
                    queue.recycle(element.batch)
                }
                for (stream, count) in seen { #expect(count > 0, "stream \(stream)") }
                return (-1, seen.values.reduce(0, +))
            }
            var accepted: [Int: Int] = [:]
            var ended = 0
            while let result = await group.next() {
                if let result { accepted[result.stream] = result.count }
                ended += 1
                // All but the consumer.
                if ended == producers + 1 { queue.finish() }
            }
            return accepted
        }
        let total = accepted.filter { $0.key >= 0 }.values.reduce(0, +)
        #expect(accepted[-1] == total)
        #expect(queue.count == 0)
    }
}
