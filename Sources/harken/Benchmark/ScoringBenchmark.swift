import AnomalyDetection
import LinearAlgebra
import VAE

/// From windows to what the network makes of them, beside bare matrix products of the same shapes.
struct ScoringBenchmark {
    /// Windows that the bare products take at once.
    private static let batchRows = 256
    private static let channelCount = 4

    let workload: BenchmarkWorkload

    /// The network with windows of 256 cells of four channels and of 64 cells of one, many windows at a time and one at a time.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for (channelCount, width) in [(Self.channelCount, 256), (1, 64)] {
            let series = series(channelCount: channelCount)
            let network = try VariationalAutoencoder(
                closedFormOf: series.with(ends: Array(width...(1_000 + width))), slotCount: width / channelCount,
                seed: workload.seed)
            let (shape, targets) = (network.shape, network.shape.foretoldCount)
            let (k, h) = (shape.latentCount, shape.hiddenCount)
            let products = [(width, k), (k, h), (h, 2 * k), (k, h), (h, width + targets), (k, width)]
            let name = "\(width)-\(h)-\(k)"
            for rows in [64, 1] {
                let subject = scoring(
                    network, series, rowsAtOnce: rows,
                    name: "windows by the network \(name), \(rows == 1 ? "one" : "\(rows)") at a time")
                results.append(
                    try await BenchmarkResult.measure(
                        subject, beside: self.products(products), as: .shareOfRate, in: .score, repeated: count))
            }
            results.append(
                try await BenchmarkResult.measure(
                    rowBlocks(products, name: "those products in blocks of 16 rows"), beside: self.products(products),
                    as: .shareOfRate, in: .score, repeated: count))
        }
        return results
    }

    private var windowCount: Int { workload.scoredBatchCount * Self.batchRows }

    /// Normalized readings of a pump.
    private func series(channelCount: Int) -> WindowSeries {
        let history = workload.history(count: 2_000, channelCount: channelCount)
        let profiles = (0..<channelCount).map { ChannelProfile(learnedFrom: history.column($0)) }
        let values = history.values.enumerated().map { index, value in profiles[index % channelCount].normalized(value)
        }
        return WindowSeries(
            channelCount: channelCount, values: values, observed: [Float](repeating: 1, count: values.count),
            isForetellable: [Bool](repeating: true, count: history.count), ends: [])
    }

    /// Runs windows through the network, as many as make up a batch, again and again.
    private func scoring(
        _ network: VariationalAutoencoder, _ series: WindowSeries, rowsAtOnce rows: Int, name: String
    ) -> BenchmarkSubject {
        let (width, slots) = (network.shape.inputCount, network.shape.slotCount)
        let windows = series.windows(endingIn: Array(slots..<(slots + Self.batchRows)), slotCount: slots)
        var pass = ForwardPass(for: network.shape, rowLimit: rows)
        return BenchmarkSubject(name, windowCount, "windows/s") { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<workload.scoredBatchCount {
                    for start in stride(from: 0, to: Self.batchRows, by: rows) {
                        pass.run(
                            network, on: windows.elements.span.extracting((start * width)..<((start + rows) * width)),
                            count: rows)
                    }
                }
            }
        }
    }

    /// Random matrices, what a batch of rows that goes through each holds, and the memory for what comes out of it.
    private func layers(_ sizes: [(Int, Int)]) -> (inputs: [[Float]], weights: [[Float]], outputs: [[Float]]) {
        var source = RandomSource(seed: workload.seed)
        func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float(source.normal()) } }
        return (
            sizes.map { random(Self.batchRows * $0.0) }, sizes.map { random($0.0 * $0.1) },
            sizes.map { [Float](repeating: 0, count: Self.batchRows * $0.1) }
        )
    }

    private static func product(of rows: [Float], and weights: [Float], _ size: (Int, Int), into output: inout [Float])
    {
        var target = output.mutableSpan
        multiply(rows.span, by: weights.span, rows: batchRows, inner: size.0, columns: size.1, into: &target)
    }

    private static func blockProduct(
        of rows: [Float], and weights: [Float], _ size: (Int, Int), into output: inout [Float]
    ) {
        var all = output.mutableSpan
        var target = all._mutatingExtracting(0..<(RowBlock.rowCount * size.1))
        RowBlock.multiply(
            features: rows.span.extracting(0..<(RowBlock.rowCount * size.0)), by: weights.span, inner: size.0,
            columns: size.1, into: &target)
    }

    /// Nothing but the products, a whole batch each.
    private func products(_ sizes: [(Int, Int)]) -> BenchmarkSubject {
        let (inputs, weights, memory) = layers(sizes)
        var outputs = memory
        return BenchmarkSubject(
            "bare products, \(Self.batchRows) rows at once", windowCount, "windows/s"
        ) { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<workload.scoredBatchCount {
                    for (layer, size) in sizes.enumerated() {
                        Self.product(of: inputs[layer], and: weights[layer], size, into: &outputs[layer])
                    }
                }
            }
        }
    }

    /// Nothing but the products, in the blocks that make a row's result independent of the others.
    private func rowBlocks(_ sizes: [(Int, Int)], name: String) -> BenchmarkSubject {
        let (inputs, weights, memory) = layers(sizes)
        var outputs = memory
        return BenchmarkSubject("\(name), D = \(sizes[0].0)", windowCount, "windows/s") { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<(workload.scoredBatchCount * Self.batchRows / RowBlock.rowCount) {
                    for (layer, size) in sizes.enumerated() {
                        Self.blockProduct(of: inputs[layer], and: weights[layer], size, into: &outputs[layer])
                    }
                }
            }
        }
    }
}
