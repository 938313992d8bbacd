import LinearAlgebra
import VAE

extension ModelFitter {
    /// The slots of an attention forecaster's windows, whatever the stream's own length: it finds out by itself how far back to look.
    static let attentionSlots = 64
    /// Forecasters that are fitted to see how one fares on readings that it did not see make this share of the steps.
    private static let attentionFoldSteps = 0.5
    /// So many windows say what a forecaster's likelihoods usually are.
    private static let attentionScaleWindows = 2_500
    /// So many windows are judged between two looks at whether to go on.
    private static let judgedAtOnce = 1_024

    /// Fits foresight by attention where the detector wants it and history is long enough, and says in words what was chosen; nil where
    /// the network's own foresight has to do.
    func fitAttention(
        _ grid: TrainingGrid, _ series: WindowSeries, channels: [Int], readingCount: Int, _ choices: inout [String]
    ) throws(FittingFailure) -> FittedPart? {
        guard settings.detector == .attn else { return nil }
        let layout = WindowLayout(length: Self.attentionSlots, channels: channels)
        let readings = grid.readings(withWindow: layout.length)
        guard readingCount >= DetectorSettings.residualReadings, readings.count >= Self.fewestWindows,
            training.stepCount > 0
        else {
            choices.append(
                "foresight: the network's, in closed form; "
                    + (training.stepCount > 0
                        ? "attention needs \(DetectorSettings.residualReadings) readings, and \(Self.fewestWindows) of "
                            + "them with a whole window of \(layout.length) slots"
                        : "attention is not to be trained"))
            return nil
        }
        let (network, report) = try forecaster(grid, series, layout, readings, share: 1)
        let part = try attentionPart(network, layout, grid, fitted: readings)
        var ratios = [Float](repeating: .nan, count: readingCount)
        var heldOutMeans: [Float] = []
        let folds = crossFitting(readingCount: readingCount, length: layout.length, foldCount: 2).folds(of: readings)
        for fold in folds where fold.fitted.count >= Self.fewestWindows && !fold.heldOut.isEmpty {
            let (network, _) = try forecaster(grid, series, layout, fold.fitted, share: Self.attentionFoldSteps)
            let part = try attentionPart(network, layout, grid, fitted: fold.fitted)
            let means = try judge(part, grid, fold.heldOut).means
            for (row, reading) in fold.heldOut.enumerated() { ratios[reading] = part.ratio(ofMean: means[row]) }
            heldOutMeans += means.filter { $0.isFinite }
        }
        // Those between two blocks, which no fold holds out.
        let others = readings.filter { ratios[$0].isNaN }
        let means = try judge(part, grid, others).means
        for (row, reading) in others.enumerated() { ratios[reading] = part.ratio(ofMean: means[row]) }
        choices.append(Self.describe(network, report, heldOutMeans))
        return FittedPart(part: part, ratios: ratios)
    }

    /// A forecaster that is trained on the windows that end with these readings, for a share of the usual steps, with weights that half
    /// precision holds.
    private func forecaster(
        _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout, _ readings: [Int], share: Double
    ) throws(FittingFailure) -> (CausalForecaster, TrainingReport) {
        try pause()
        var attention = CausalTrainingRun.standardSettings
        // Whoever asks for a quicker or more thorough training means this one too.
        let pace = Double(training.stepCount) / Double(TrainingSettings().stepCount)
        attention.stepCount = max(1, Int(Double(attention.stepCount) * pace * share))
        // The weights see every reading, as those of the network do: to hold out the newest tenth was measured to cost 0.09 of VUS-PR on
        // a series with 1,008 of them.
        attention.heldOutShare = 0
        let channelCount = layout.channels.count
        let slotCount = series.isForetellable.count
        var run: CausalTrainingRun
        do throws(TrainingFailure) {
            run = try CausalTrainingRun(
                shape: CausalForecaster.Shape(channelCount: channelCount, slotCount: layout.length),
                readings: Matrix(rows: slotCount, columns: channelCount, elements: series.values),
                mask: Matrix(rows: slotCount, columns: channelCount, elements: series.observed),
                lastSlots: readings.map { grid.slots[$0] }, settings: attention, seed: seed)
        } catch {
            throw .untrainable(error)
        }
        while !run.isFinished {
            run.step()
            try pause()
        }
        return (run.network.halved, run.report)
    }

    /// The part of a forecaster, scaled by windows that it was fitted to.
    private func attentionPart(
        _ network: CausalForecaster, _ layout: WindowLayout, _ grid: TrainingGrid, fitted readings: [Int]
    ) throws(FittingFailure) -> AttentionForesight {
        let bare = AttentionForesight(
            layout: layout, network: network, center: 0, scale: 1,
            channelCenters: [Float](repeating: 0, count: layout.channels.count))
        let judged = try judge(bare, grid, readings.evenlySpaced(limit: Self.attentionScaleWindows))
        let center = Self.middle(of: judged.means)
        return AttentionForesight(
            layout: layout, network: network, center: center,
            scale: max(Self.highQuantile(of: judged.means) - center, AttentionForesight.leastScale),
            channelCenters: judged.byChannel.map(Self.middle))
    }

    /// For each of the readings the mean of −log density of its window's newest values, and that of each channel alone.
    private func judge(
        _ part: AttentionForesight, _ grid: TrainingGrid, _ readings: [Int]
    ) throws(FittingFailure) -> (means: [Float], byChannel: [[Float]]) {
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var block = [Float](repeating: .nan, count: WindowBlock.rowCount)
        var means: [Float] = []
        means.reserveCapacity(readings.count)
        let channelCount = part.layout.channels.count
        var byChannel = [[Float]](repeating: [], count: channelCount)
        for start in stride(from: 0, to: readings.count, by: Self.judgedAtOnce) {
            try pause()
            let some = Array(readings[start..<min(start + Self.judgedAtOnce, readings.count)])
            grid.forEachBlock(part.layout, endingWith: some) { windows, _ in
                part.judge(windows, scratch: &scratch, into: &block)
                means += block[..<windows.count]
                for row in 0..<windows.count {
                    for channel in 0..<channelCount {
                        byChannel[channel].append(scratch.likelihoods[row * channelCount + channel])
                    }
                }
            }
        }
        return (means, byChannel)
    }

    private static func middle(of means: [Float]) -> Float {
        let sorted = means.filter { $0.isFinite }.map { Double($0) }.sorted()
        return sorted.isEmpty ? 0 : Float(quantile(ofSorted: sorted, 0.5))
    }

    private static func describe(
        _ network: CausalForecaster, _ report: TrainingReport, _ heldOutMeans: [Float]
    ) -> String {
        let shape = network.shape
        let text =
            "foresight: by attention over windows of \(shape.slotCount) slots, \(shape.binCount) bins a channel, "
            + "\(shape.width) features, \(shape.headCount) heads, \(shape.blockCount) blocks; "
            + describe(report)
        guard !heldOutMeans.isEmpty else { return text }
        let mean = heldOutMeans.reduce(0) { $0 + Double($1) } / Double(heldOutMeans.count)
        return text + "; readings that it had not seen have a negative log density of \(rounded(mean)) nats a value"
    }
}
