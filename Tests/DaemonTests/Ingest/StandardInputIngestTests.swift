import AnomalyDetection
import Daemon
import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Storage
import Testing

struct StandardInputIngestTests {
    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private struct Bench {
        let queue: ReadingQueue
        let streams = SharedStreamTable(StreamTable())
        let ledger = IngestLossLedger()
        let summary = Locked<StandardInputIngest.Summary?>(nil)

        init(capacity: Int = 100_000) {
            queue = ReadingQueue(capacity: capacity)
        }

        func service(_ descriptor: Int32) -> StandardInputIngest {
            StandardInputIngest(
                descriptor: descriptor, decoder: ByteStreamDecoder(), queue: queue, streams: streams, ledger: ledger,
                now: { Timestamp(nanoseconds: 0) }, logger: StandardInputIngestTests.quiet,
                onEnd: { [summary] result in summary.withLock { $0 = result } })
        }

        /// All times that come out of the queue until it is finished.
        func collect() async -> [Int64] {
            var times: [Int64] = []
            while let element = await queue.next() {
                times += element.batch.times.map { $0.nanoseconds / 1_000_000_000 }
                queue.recycle(element.batch)
            }
            return times
        }
    }

    private func csv(rows: Int) -> Data {
        Data(("timestamp,a,b\n" + (1...rows).map { "\($0),\($0).5,x\n" }.joined()).utf8)
    }

    @Test func `a file is read to its end, and nothing is lost though the queue is small`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try csv(rows: 200_000).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forReadingFrom: file)
        let bench = Bench(capacity: 1_000)
        let service = bench.service(handle.fileDescriptor)
        async let times = bench.collect()
        try await service.run()
        bench.queue.finish()
        #expect(await times == (1...200_000).map { Int64($0) })
        let summary = try #require(bench.summary.withLock { $0 })
        #expect(summary.hasEnded)
        #expect(summary.readingCount == 200_000)
        #expect(summary.byteCount == Int64(csv(rows: 200_000).count))
        // The column `b` is no number in any row.
        #expect(summary.rejectionCount == 200_000)
        let losses = bench.ledger.drain(at: Timestamp(nanoseconds: 0))
        #expect(losses.map(\.count).reduce(0, +) == 200_000)
        #expect(losses.first?.source == "stdin")
        #expect(losses.first?.sample?.isEmpty == false)
    }

    @Test func `a pipe is read as it comes, and its end is the end`() async throws {
        let pipe = Pipe()
        let bench = Bench()
        let service = bench.service(pipe.fileHandleForReading.fileDescriptor)
        async let run: Void = service.run()
        for row in ["timestamp,a\n1,", "1\n2,2\n", "3,3"] {
            try pipe.fileHandleForWriting.write(contentsOf: Data(row.utf8))
            try await Task.sleep(for: .milliseconds(20))
        }
        try pipe.fileHandleForWriting.close()
        try await run
        bench.queue.finish()
        #expect(await bench.collect() == [1, 2, 3])
    }

    @Test func `a graceful stop ends reading though nothing comes`() async throws {
        let pipe = Pipe()
        let bench = Bench()
        let service = bench.service(pipe.fileHandleForReading.fileDescriptor)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .ignore)], logger: Self.quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try pipe.fileHandleForWriting.write(contentsOf: Data("timestamp,a\n1,1\n".utf8))
            try await eventually("the reading is there") { bench.queue.count == 1 }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let summary = try #require(bench.summary.withLock { $0 })
        #expect(!summary.hasEnded)
        #expect(summary.readingCount == 1)
        try pipe.fileHandleForWriting.close()
    }

    @Test func `a descriptor that cannot be read is an error`() async throws {
        let directory = unsafe open("/", O_RDONLY)
        defer { close(directory) }
        let bench = Bench()
        await #expect(throws: (any Error).self) { try await bench.service(directory).run() }
        await #expect(throws: (any Error).self) { try await bench.service(987_654).run() }
    }
}
