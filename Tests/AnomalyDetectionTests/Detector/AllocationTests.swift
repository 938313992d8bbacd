import AnomalyDetection
import TestSupport
import Testing
import VAE

/// Decoding and scoring in steady state, with everything on the way warmed up.
struct AllocationTests {
    private static let warmUpReadings = 1_000

    /// Readings as text in datagrams of so many rows, a row a reading of each stream.
    private func datagrams(
        _ format: DatagramDecoder.Format, _ simulator: inout Simulator, streams: Int, rows: Int, count: Int
    ) -> [[UInt8]] {
        (0..<count).map { _ in
            var text = ""
            for _ in 0..<rows where simulator.advance() {
                for stream in 0..<streams {
                    let values = (0..<4).map { simulator.values[stream * 4 + $0] }
                    append(values, stream: stream, at: simulator.time, as: format, to: &text)
                }
            }
            return Array(text.utf8)
        }
    }

    private func append(
        _ values: [Double], stream: Int, at time: Timestamp, as format: DatagramDecoder.Format, to text: inout String
    ) {
        let names = ["temperature", "pressure", "vibration", "flow"]
        // Every thirtieth reading lacks a channel, so that masked windows are scored too.
        let isLacking = (time.nanoseconds / 1_000_000_000) % 30 == 0
        let channels = isLacking ? 0..<3 : 0..<4
        switch format {
        case .lineProtocol:
            let fields = channels.map { "\(names[$0])=\(values[$0])" }.joined(separator: ",")
            text += "pump,unit=\(stream) \(fields) \(time.nanoseconds)\n"
        case .csv:
            for channel in channels {
                text += "\(time.nanoseconds),pump \(stream),\(names[channel]),\(values[channel])\n"
            }
        case .json:
            let fields = channels.map { "\"\(names[$0])\":\(values[$0])" }.joined(separator: ",")
            text += "{\"timestamp\":\(time.nanoseconds),\"stream\":\"pump \(stream)\",\(fields)}\n"
        }
    }

    @Test(
        .enabled(if: AllocationCounter.isAvailable, "a sanitizer has an allocator of its own"),
        arguments: DatagramDecoder.Format.allCases, [1, 50])
    func `nothing is allocated from decoding to score once all is warm`(
        format: DatagramDecoder.Format, streams: Int
    ) throws {
        var settings = DetectorSettings()
        settings.warmUpReadings = Self.warmUpReadings
        settings.retrainEvery = nil
        // An alert is explained in text, which allocates; what counts here is the reading that raises none.
        settings.holdReadings = 1_000_000
        // Rules are matched with a stream once, not with each reading.
        settings.rules = [
            StreamRule(channel: GlobPattern("*1"), direction: .up, minDeviation: 1, validFrom: -1e6, validThrough: 1e6)
        ]
        let plan = SampleReadings.plan(streams: streams, rows: Self.warmUpReadings + 4_000)
        var simulator = Simulator(plan: plan, seed: 7)
        let engine = DetectionEngine(settings: settings) { _ in [] }
        var (decoder, table, rejections) = (DatagramDecoder(), StreamTable(), RejectionTally())
        var (batch, output) = (ReadingBatch(), DetectionOutput())
        func decode(_ datagram: [UInt8]) {
            batch.removeAll()
            output.removeAll()
            decoder.decode(
                datagram.span, receivedAt: Timestamp(nanoseconds: 0), into: &batch, streams: &table,
                rejections: &rejections)
        }

        var history = TrainingHistory(channelCount: 4)
        for datagram in datagrams(format, &simulator, streams: streams, rows: 1, count: Self.warmUpReadings + 1) {
            decode(datagram)
            engine.ingest(batch, into: &output)
            for row in output.rows where row.stream.index == 0 && history.count < Self.warmUpReadings {
                history.times.append(row.time)
                history.values += output.values[row.valueStart..<(row.valueStart + row.valueCount)]
                history.values += Array(repeating: .nan, count: 4 - row.valueCount)
                history.isAlerting.append(false)
            }
            guard !output.trainingRequests.isEmpty else { continue }
            let outcome = try ModelTrainer(settings: settings, training: .network).train(
                on: history, live: nil, seed: 1)
            let model = try #require(outcome.candidate)
            #expect(model.network?.network.isTrained == true, "the network must take part")
            let requests = output.trainingRequests
            for request in requests {
                engine.install(
                    TrainingResult(request: request, promoted: LiveModel(id: 1, model: model)), into: &output)
            }
        }
        let rows = streams == 1 ? 40 : 4
        for datagram in datagrams(format, &simulator, streams: streams, rows: rows, count: 1_000 / rows) {
            decode(datagram)
            engine.ingest(batch, into: &output)
        }

        let steady = datagrams(format, &simulator, streams: streams, rows: rows, count: 1_000 / rows)
        var scored = 0
        let allocations = AllocationCounter.allocations {
            for datagram in steady {
                decode(datagram)
                engine.ingest(batch, into: &output)
                for row in output.rows where row.score.isFinite { scored += 1 }
            }
        }
        #expect(scored > 900 * streams, "the readings must be scored")
        #expect(allocations == 0, "over \(scored) readings")
    }

    @Test(.enabled(if: AllocationCounter.isAvailable, "a sanitizer has an allocator of its own"))
    func `the counter sees an allocation`() {
        let allocations = AllocationCounter.allocations { withExtendedLifetime(Array(0..<Int.random(in: 10...20))) {} }
        #expect(allocations > 0)
    }
}
