import AnomalyDetection

/// From text to readings.
struct DecodingBenchmark {
    let workload: BenchmarkWorkload

    /// Line protocol in long texts and in datagrams, and CSV in the chunks in which standard input is read.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        let lines = try workload.text(streams: 10, layout: .lineProtocol, bytes: workload.textByteCount)
        let rows = try workload.text(streams: 10, layout: .wide, bytes: workload.textByteCount)
        let subjects = [
            lineProtocol(lines), datagrams(lines), csv(rows, name: "CSV, wide, 10 streams × 4 channels"),
        ]
        var results: [BenchmarkResult] = []
        for subject in subjects {
            results.append(try await BenchmarkResult.measure(subject, in: .decode, repeated: count))
        }
        return results
    }

    /// How much is decoded is found by doing it once.
    private func subject(
        _ name: String, _ bytes: [UInt8], decode: @escaping (inout ReadingBatch, inout StreamTable) -> Int
    ) -> BenchmarkSubject {
        var batch = ReadingBatch()
        var streams = StreamTable()
        let readings = decode(&batch, &streams)
        return BenchmarkSubject(
            name,
            [.init(count: Double(bytes.count) / 1e6, unit: "MB/s"), .init(count: Double(readings), unit: "readings/s")]
        ) {
            BenchmarkSubject.processorSeconds {
                precondition(decode(&batch, &streams) == readings, "the same text gave another number of readings")
            }
        }
    }

    private func lineProtocol(_ bytes: [UInt8]) -> BenchmarkSubject {
        let texts = DatagramPacking.datagrams(in: bytes, byteLimit: 1 << 16)
        return subject("line protocol, 10 streams × 4 channels", bytes) { batch, streams in
            var decoder = LineProtocolDecoder()
            var rejections = RejectionTally()
            var count = 0
            for text in texts {
                batch.removeAll()
                decoder.decode(
                    bytes.span.extracting(text), receivedAt: StartArgument.usual.timestamp, into: &batch,
                    streams: &streams, rejections: &rejections)
                count += batch.count
            }
            return count
        }
    }

    private func datagrams(_ bytes: [UInt8]) -> BenchmarkSubject {
        let datagrams = DatagramPacking.datagrams(in: bytes, byteLimit: 1_400)
        return subject("line protocol in datagrams of 1,400 bytes", bytes) { batch, streams in
            var decoder = DatagramDecoder()
            var rejections = RejectionTally()
            var count = 0
            batch.removeAll()
            for datagram in datagrams {
                decoder.decode(
                    bytes.span.extracting(datagram), receivedAt: StartArgument.usual.timestamp, into: &batch,
                    streams: &streams, rejections: &rejections)
                if batch.count >= 4_096 {
                    count += batch.count
                    batch.removeAll()
                }
            }
            return count + batch.count
        }
    }

    private func csv(_ bytes: [UInt8], name: String) -> BenchmarkSubject {
        subject(name, bytes) { batch, streams in
            var decoder = CSVStreamDecoder()
            var rejections = RejectionTally()
            var count = 0
            for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
                batch.removeAll()
                decoder.decode(
                    bytes.span.extracting(start..<min(start + 1 << 16, bytes.count)), into: &batch, streams: &streams,
                    rejections: &rejections)
                count += batch.count
            }
            batch.removeAll()
            decoder.finish(into: &batch, streams: &streams, rejections: &rejections)
            return count + batch.count
        }
    }
}
