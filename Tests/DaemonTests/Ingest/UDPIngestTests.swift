import AnomalyDetection
import Daemon
import Foundation
import Glibc
import Logging
import ServiceLifecycle
import Storage
import Testing

struct UDPIngestTests {
    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private struct Bench {
        let queue: ReadingQueue
        let streams = SharedStreamTable(StreamTable())
        let ledger = IngestLossLedger()
        let addresses = Locked<[NetworkAddress]>([])

        init(capacity: Int = 1_000_000) {
            queue = ReadingQueue(capacity: capacity)
        }

        /// Runs the service at free ports while `body` runs, and stops it gracefully.
        func run(
            at hosts: [String] = ["127.0.0.1"], options: UDPIngest.Options = UDPIngest.Options(),
            _ body: ([NetworkAddress]) async throws -> Void
        ) async throws {
            let service = UDPIngest(
                addresses: hosts.map { NetworkAddress(host: $0, port: 0) }, queue: queue, streams: streams,
                ledger: ledger,
                options: options, now: { Timestamp(nanoseconds: 1_000) }, logger: UDPIngestTests.quiet,
                onListening: { [addresses] bound in addresses.withLock { $0 = bound } })
            let group = ServiceGroup(services: [service], logger: UDPIngestTests.quiet)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await eventually("it listens") { addresses.withLock { $0.count == hosts.count } }
                let bound = addresses.withLock { $0 }
                try #require(bound.count == hosts.count)
                try await body(bound)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }

        func losses() -> [String: Int] {
            let losses = ledger.drain(at: Timestamp(nanoseconds: 0))
            return Dictionary(losses.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
        }
    }

    /// A socket of our own that sends datagrams.
    private final class Sender {
        private let descriptor: Int32

        init(to address: NetworkAddress) throws {
            descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = in_port_t(UInt16(address.port).bigEndian)
            place.sin_addr.s_addr = in_addr_t(UInt32(0x7f00_0001).bigEndian)
            // SAFETY: `sockaddr_in` begins as `sockaddr` does, and its size is given.
            let result = unsafe withUnsafePointer(to: &place) { place in
                unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                    unsafe connect(descriptor, place, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(result == 0)
        }

        deinit { close(descriptor) }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            // SAFETY: the kernel reads `bytes.count` bytes during the call.
            _ = unsafe Glibc.send(descriptor, bytes, bytes.count, 0)
        }
    }

    @Test func `datagrams of every format become readings`() async throws {
        let bench = Bench()
        try await bench.run { addresses in
            let sender = try Sender(to: addresses[0])
            sender.send("pump f=1 1\npump f=2 2\n")
            sender.send("1970-01-01T00:00:03Z,pump,f,3\n")
            sender.send("{\"time\":\"1970-01-01T00:00:04Z\",\"stream\":\"pump\",\"f\":4}")
            sender.send("pump f=5")
            try await eventually("all readings are there") { bench.queue.count == 5 }
        }
        bench.queue.finish()
        var times: [Int64] = []
        var values: [Double] = []
        while let element = await bench.queue.next() {
            times += element.batch.times.map(\.nanoseconds)
            values += element.batch.values
        }
        #expect(values == [1, 2, 3, 4, 5])
        // The wall clock of the test stands still; datagrams get different times all the same.
        #expect(times == [1, 2, 3_000_000_000, 4_000_000_000, 1_003])
        #expect(bench.streams.withTable { $0.streamNames } == ["pump"])
        #expect(bench.losses().isEmpty)
    }

    @Test func `several addresses are listened at`() async throws {
        let bench = Bench()
        try await bench.run(at: ["127.0.0.1", "127.0.0.1"]) { addresses in
            #expect(Set(addresses).count == 2)
            for address in addresses { try Sender(to: address).send("pump f=1 1\n") }
            try await eventually("both readings are there") { bench.queue.count == 2 }
        }
    }

    @Test func `rejected lines are counted, and their neighbors kept`() async throws {
        let bench = Bench()
        try await bench.run { addresses in
            let sender = try Sender(to: addresses[0])
            for index in 0..<3 { sender.send("pump f=1 \(index)1\npump f=x 2\npump f=3 \(index)3\n") }
            try await eventually("the good readings are there") { bench.queue.count == 6 }
        }
        #expect(bench.losses().values.reduce(0, +) == 3)
    }

    @Test func `readings for which the queue has no room are dropped and counted`() async throws {
        let bench = Bench(capacity: 10)
        try await bench.run { addresses in
            let sender = try Sender(to: addresses[0])
            sender.send((0..<8).map { "pump f=1 \($0)\n" }.joined())
            try await eventually("the first are there") { bench.queue.count == 8 }
            sender.send((0..<5).map { "pump f=1 1\($0)\n" }.joined())
            try await eventually("the drop is counted") { bench.losses() == ["queue_full": 5] }
            #expect(bench.queue.count == 8)
        }
    }

    @Test func `the cut end of a datagram that is too long is left out and counted`() async throws {
        let bench = Bench()
        var options = UDPIngest.Options()
        options.datagramByteLimit = 1_024
        try await bench.run(options: options) { addresses in
            let sender = try Sender(to: addresses[0])
            sender.send((0..<300).map { "pump f=1234 \(1_000 + $0)\n" }.joined())
            sender.send("pump f=1 5000\n")
            // 17 bytes a line: 60 lines fit into 1,024 bytes.
            try await eventually("the whole lines are there") { bench.queue.count == 61 }
        }
        #expect(bench.losses() == ["truncated": 1])
    }

    @Test func `the largest datagram there is comes in whole`() async throws {
        let bench = Bench()
        try await bench.run { addresses in
            let sender = try Sender(to: addresses[0])
            let line = "pump f=1 1000000000\n"
            let count = 65_507 / line.utf8.count
            sender.send(String(repeating: line, count: count))
            try await eventually("all lines are there") { bench.queue.count == count }
        }
        #expect(bench.losses().isEmpty)
    }

    @Test func `what the kernel drops is counted, and nothing is lost silently`() async throws {
        let bench = Bench()
        var options = UDPIngest.Options()
        // The kernel's least buffer, so that a burst overruns it.
        options.receiveBufferByteCount = 1
        options.dropCheckInterval = .milliseconds(20)
        let sent = 20_000
        try await bench.run(options: options) { addresses in
            let sender = try Sender(to: addresses[0])
            for index in 0..<sent { sender.send("pump f=1 \(index)\n") }
        }
        let dropped = bench.losses()["kernel_drop", default: 0]
        #expect(dropped > 0)
        #expect(bench.queue.count + dropped == sent)
    }

    @Test func `what has arrived is read before the service stops`() async throws {
        let bench = Bench()
        let sent = 20_000
        // Long enough for a slow machine and a sanitizer.
        var options = UDPIngest.Options()
        options.drainLimit = .seconds(60)
        try await bench.run(options: options) { addresses in
            let sender = try Sender(to: addresses[0])
            for index in 0..<sent { sender.send("pump f=1 \(index)\n") }
        }
        #expect(bench.queue.count + bench.losses()["kernel_drop", default: 0] == sent)
    }

    @Test func `an address that is taken is an error that says so`() async throws {
        let bench = Bench()
        try await bench.run { addresses in
            let second = UDPIngest(
                addresses: [addresses[0]], queue: bench.queue, streams: bench.streams, ledger: bench.ledger,
                now: WallClock.now, logger: Self.quiet)
            let failure = await #expect(throws: UDPIngestFailure.self) { try await second.run() }
            #expect(failure?.description.contains("cannot listen at udp \(addresses[0])") == true)
        }
    }
}
