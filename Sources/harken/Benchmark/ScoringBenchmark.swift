import AnomalyDetection
import LinearAlgebra
import VAE

/// From windows to errors, beside bare matrix products of the same shapes.
struct ScoringBenchmark {
    /// Windows that the bare products take at once.
    private static let batchRows = 256
    private static let channelCount = 4

    let workload: BenchmarkWorkload

    /// The autoencoder and the linear window model, with windows of 256 cells and of 64.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for width in [256, 64] {
            let layout = WindowLayout(length: width / Self.channelCount, channels: Array(0..<Self.channelCount))
            let shape = NetworkShape(inputCount: width)
            let part = Reconstruction(
                network: .variational(VariationalAutoencoder(shape: shape, seed: workload.seed)), layout: layout)
            let network = [(width, 128), (128, 4), (4, 128), (128, width)]
            let sizes = "\(width)-\(shape.hiddenCount)-\(shape.latentCount)"
            results.append(
                try await measure(part, latent: 4, name: "windows by a VAE \(sizes)", network, repeated: count))
            results.append(
                try await BenchmarkResult.measure(
                    rowBlocks(network, name: "those products in blocks of 16 rows"), beside: products(network),
                    as: .shareOfRate, in: .score, repeated: count))
            let linear = try LinearWindowModel(fittedTo: windows(layout), layout: layout, weight: 1)
            results.append(
                try await measure(
                    linear, latent: linear.dimensionCount,
                    name: "windows by \(linear.dimensionCount) principal components of \(width)",
                    [(width, linear.dimensionCount), (linear.dimensionCount, width)], repeated: count))
        }
        return results
    }

    private func measure(
        _ part: any EvidencePart, latent: Int, name: String, _ sizes: [(Int, Int)], repeated count: Int
    ) async throws -> BenchmarkResult {
        try await BenchmarkResult.measure(
            scoring(part, latent: latent, name: name), beside: products(sizes), as: .shareOfRate, in: .score,
            repeated: count)
    }

    private var windowCount: Int { workload.scoredBatchCount * Self.batchRows }

    /// Normalized windows of a pump, (windows × width).
    private func windows(_ layout: WindowLayout) -> Matrix {
        let slots = normalizedReadings(count: 1_000 + layout.length)
        var elements: [Float] = []
        for window in 0..<1_000 {
            let start = window * Self.channelCount
            elements.append(contentsOf: slots[start..<(start + layout.width)])
        }
        return Matrix(rows: 1_000, columns: layout.width, elements: elements)
    }

    private func normalizedReadings(count: Int) -> [Float] {
        let history = workload.history(count: count)
        let profiles = (0..<Self.channelCount).map { ChannelProfile(learnedFrom: history.column($0)) }
        return history.values.enumerated().map { index, value in profiles[index % Self.channelCount].normalized(value) }
    }

    /// Scores blocks of windows, as many as make up a batch, again and again.
    private func scoring(_ part: any EvidencePart, latent: Int, name: String) -> BenchmarkSubject {
        let slots = normalizedReadings(count: Self.batchRows + part.layout.length)
        let presence = [Int8](repeating: Presence.observed, count: slots.count)
        let blocks = (0..<(Self.batchRows / WindowBlock.rowCount)).map { number in
            var block = WindowBlock(layout: part.layout)
            for row in 0..<WindowBlock.rowCount {
                block.append(
                    slots, presence, channelCount: Self.channelCount,
                    lastSlot: part.layout.length - 1 + number * WindowBlock.rowCount + row)
            }
            return block
        }
        var scratch = EvidenceScratch()
        scratch.reserve(width: part.layout.width, latent: latent)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        return BenchmarkSubject(name, windowCount, "windows/s") { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<workload.scoredBatchCount {
                    for block in blocks { part.score(block, scratch: &scratch, into: &errors) }
                }
            }
        }
    }

    /// Random matrices through which a batch goes one after the other, and the memory for what comes out of each.
    private func layers(_ sizes: [(Int, Int)]) -> (input: [Float], weights: [[Float]], outputs: [[Float]]) {
        var source = RandomSource(seed: workload.seed)
        func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float(source.normal()) } }
        return (
            random(Self.batchRows * sizes[0].0), sizes.map { random($0.0 * $0.1) },
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
        let (input, weights, memory) = layers(sizes)
        var outputs = memory
        return BenchmarkSubject(
            "bare products (cblas_sgemm), \(Self.batchRows) rows at once", windowCount, "windows/s"
        ) { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<workload.scoredBatchCount {
                    for (layer, size) in sizes.enumerated() {
                        // A layer's input is as large as the output before it; what it holds does not matter here.
                        let rows = layer == 0 ? input : outputs[layer - 1]
                        Self.product(of: rows, and: weights[layer], size, into: &outputs[layer])
                    }
                }
            }
        }
    }

    /// Nothing but the products, in the blocks that make a row's result independent of the others.
    private func rowBlocks(_ sizes: [(Int, Int)], name: String) -> BenchmarkSubject {
        let (input, weights, memory) = layers(sizes)
        var outputs = memory
        return BenchmarkSubject("\(name), D = \(sizes[0].0)", windowCount, "windows/s") { [workload] in
            BenchmarkSubject.processorSeconds {
                for _ in 0..<(workload.scoredBatchCount * Self.batchRows / RowBlock.rowCount) {
                    for (layer, size) in sizes.enumerated() {
                        let rows = layer == 0 ? input : outputs[layer - 1]
                        Self.blockProduct(of: rows, and: weights[layer], size, into: &outputs[layer])
                    }
                }
            }
        }
    }
}
