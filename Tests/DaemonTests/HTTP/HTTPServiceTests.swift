import AnomalyDetection
import Daemon
import Foundation
import Logging
import ServiceLifecycle
import Storage
import Testing

/// What Harken answers over HTTP, read by Prometheus's own client.
struct HTTPServiceTests {
    private static let peers = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peers")
    private static let hasPeer =
        (try? PythonPeer.run(["-c", "import prometheus_client"], input: Data()))?.status == 0

    /// What a scrape found.
    private struct Scrape: Decodable {
        struct Family: Decodable {
            let type: String
            let help: String
        }

        let contentType: String
        let families: [String: Family]

        enum CodingKeys: String, CodingKey {
            case contentType = "content_type"
            case families
        }
    }

    /// Runs Python on a thread of its own: the service answers on those of Swift's tasks, which must not wait for it.
    private func python(_ arguments: [String]) async throws -> (status: Int32, output: Data, errors: Data) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try PythonPeer.run(arguments, input: Data()) })
            }
        }
    }

    /// Runs a service on a free port of loopback for as long as `body` takes.
    private func withService(_ store: Store, _ body: (String) async throws -> Void) async throws {
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let service = HTTPService(
            address: NetworkAddress(host: "127.0.0.1", port: 0), store: store, streamLimit: 10,
            progress: ProgressCounter(), logger: Logger(label: "test"), onListening: { listening.yield($0.port) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [service], logger: Logger(label: "test")))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)")
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func withStore(_ body: (Store) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try Store(path: folder.appending(path: "harken.db").path()))
    }

    @Test(.enabled(if: hasPeer, "prometheus-client is not installed"))
    func `a scrape is read by Prometheus's client, names with quotes and line feeds included`() async throws {
        try await withStore { store in
            var commit = StoreCommit()
            commit.streams = [StreamRecord(id: StreamID(0), name: "a \"b\\c\nd", channels: ["x"])]
            commit.detection.rows = [0, 1].map { day in
                DetectionOutput.Row(
                    stream: StreamID(0), time: Timestamp(nanoseconds: Int64(day) * 86_400_000_000_000), valueStart: 0,
                    valueCount: 1, score: 1, modelID: 0, isAlerting: false)
            }
            commit.detection.values = [1]
            commit.states[StreamID(0)] = StreamState(
                status: StreamStatus(
                    phase: .scoring, readings: 2,
                    falseAlarms: FalseAlarmBudget(count: 1, period: 86_400_000_000_000)), bytes: [])
            try await store.commit(commit)
            try await withService(store) { address in
                let run = try await python(
                    [Self.peers.appending(path: "scrape.py").path(), address + "/metrics"])
                try #require(run.status == 0, "\(String(decoding: run.errors, as: UTF8.self))")
                let scrape = try JSONDecoder().decode(Scrape.self, from: run.output)
                #expect(scrape.contentType == MetricsText.mediaType)
                #expect(scrape.families.values.allSatisfy { !$0.help.isEmpty })
                #expect(scrape.families["harken_readings"]?.type == "counter")
                let text = String(decoding: run.output, as: UTF8.self)
                let labels = #"{"stream": "a \"b\\c\nd"}"#
                #expect(text.contains("[\"harken_stream_false_alarms_asked\", \(labels), 1.0]"), "\(text)")
                #expect(text.contains("[\"harken_stream_false_alarms_observed\", \(labels), 0.0]"))
                #expect(text.contains(#"["harken_streams", {"phase": "scoring"}, 1.0]"#))
            }
        }
    }

    @Test func `it says that it is healthy and ready`() async throws {
        try await withStore { store in
            try await withService(store) { address in
                for (path, word) in [("healthy", "healthy"), ("ready", "ready")] {
                    let url = "\(address)/-/\(path)"
                    let run = try await python(
                        ["-c", "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read())", url])
                    #expect(String(decoding: run.output, as: UTF8.self).contains("Harken is \(word)."))
                }
            }
        }
    }

    @Test func `a detector whose loop stands still for longer than a step may take is not well`() {
        let progress = ProgressCounter()
        let health = DetectorHealth(progress: progress)
        let start = ContinuousClock.now
        #expect(health.isWell(at: start))
        #expect(health.isWell(at: start + .seconds(30)))
        #expect(!health.isWell(at: start + .seconds(31)))
        progress.advance()
        #expect(health.isWell(at: start + .seconds(32)))
    }
}
