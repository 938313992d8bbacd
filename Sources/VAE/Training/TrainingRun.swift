package import LinearAlgebra

/// One training of a network, made step by step so that a caller can pause or end it between any two.
///
/// It is a value, decided by its arguments alone: the same network, windows, settings and seed give the same bytes. After
/// its first step it allocates nothing (OpenBLAS's own AVX-512 kernels take memory for some small products).
package struct TrainingRun: Sendable {
    /// How far it has come.
    package private(set) var report: TrainingReport
    /// Whether there is nothing left to do.
    package var isFinished: Bool { report.outcome != .running }

    private let settings: TrainingSettings
    private let shape: NetworkShape
    private let windows: Matrix
    private let mask: Matrix?
    private let trainingCount: Int
    private let heldOutRows: [Int]
    private let heldOutEpsilon: [Float]  // (held-out windows, L), the same draws at every look

    private var source: RandomSource
    private var parameters: [Float]
    private var bestParameters: [Float]
    private var gradient: [Float]
    private var optimizer: AdamOptimizer
    private var batch: EvidenceLowerBound
    private let rate: OneCycleRate
    private var lossSum = 0.0
    private var looksWithoutProgress = 0

    /// A training that starts from the weights of a network.
    ///
    /// `windows` is (windows × D), in the order of time; `mask`, of the same shape, is 0 where a cell is missing, and such
    /// cells may hold anything. Checks every cell once.
    package init(
        network: VariationalAutoencoder, windows: Matrix, mask: Matrix? = nil,
        settings: TrainingSettings = TrainingSettings(), seed: UInt64
    ) throws(TrainingFailure) {
        precondition(settings.stepCount > 0 && settings.windowsPerStep > 0 && settings.checkInterval > 0)
        shape = network.shape
        try Self.check(windows, mask, shape)
        let tail = Int(settings.heldOutShare * Double(windows.rowCount))
        let heldOutCount = tail < TrainingSettings.heldOutMinimum ? 0 : tail
        let gap = heldOutCount == 0 ? 0 : settings.heldOutGap
        trainingCount = windows.rowCount - heldOutCount - gap
        guard trainingCount > 0 else { throw .noWindows(count: windows.rowCount, heldOut: heldOutCount, gap: gap) }

        let lookedAt = min(heldOutCount, settings.heldOutLimit)
        let heldOutStart = windows.rowCount - heldOutCount
        heldOutRows = (0..<lookedAt).map { heldOutStart + $0 * heldOutCount / lookedAt }
        var source = RandomSource(seed: seed)
        heldOutEpsilon = (0..<lookedAt * shape.latentCount).map { _ in Float(source.normal()) }
        self.source = source

        self.settings = settings
        self.windows = windows
        self.mask = mask
        // Copies of their own, made here: arrays that share their memory would be copied in a later step.
        parameters = network.parameters.map { $0 }
        bestParameters = network.parameters.map { $0 }
        gradient = [Float](repeating: 0, count: parameters.count)
        optimizer = AdamOptimizer(parameterCount: parameters.count)
        batch = EvidenceLowerBound(shape: shape, rowLimit: settings.windowsPerStep)
        rate = OneCycleRate(settings)
        report = TrainingReport(
            stepLimit: settings.stepCount, trainingWindowCount: trainingCount, heldOutWindowCount: lookedAt)
    }

    /// The network as far as it is trained: the best weights by the held-out windows at the last look, or the last
    /// weights where none are held out.
    package var network: VariationalAutoencoder {
        let isJudged = report.heldOutWindowCount > 0 || report.outcome == .diverged
        return VariationalAutoencoder(shape: shape, parameters: isJudged ? bestParameters : parameters)
    }

    /// Draws a batch and moves the weights once; looks at the held-out windows when that is due. Does nothing when
    /// finished.
    package mutating func step() {
        guard !isFinished else { return }
        batch.removeRows()
        for _ in 0..<settings.windowsPerStep {
            batch.append(row: source.index(below: trainingCount), of: windows, mask: mask)
        }
        if settings.inputNoise > 0 { batch.addInputNoise(deviation: settings.inputNoise, from: &source) }
        if settings.beta > 0 { batch.drawEpsilon(from: &source) }

        let loss = batch.loss(parameters: parameters, beta: settings.beta)
        guard loss.isFinite else {
            report.outcome = .diverged
            return
        }
        batch.backward(parameters: parameters, beta: settings.beta, gradient: &gradient)
        let norm = clipNorm(of: &gradient, to: settings.gradientNormLimit)
        guard norm.isFinite else {
            report.outcome = .diverged
            return
        }
        optimizer.step(
            rate: rate.rate(at: report.stepCount), gradient: gradient, parameters: &parameters,
            fastStart: parameters.count - shape.inputCount, fastFactor: settings.noiseRateFactor)
        keepNoiseInRange()

        lossSum += loss
        report.stepCount += 1
        if report.stepCount == settings.stepCount || report.stepCount.isMultiple(of: settings.checkInterval) { look() }
    }

    private mutating func look() {
        let stepsSince = (report.stepCount - 1) % settings.checkInterval + 1
        report.trainingLoss = lossSum / Double(stepsSince)
        lossSum = 0
        if heldOutRows.isEmpty {
            keepParameters()
        } else {
            let loss = heldOutLoss()
            // Not `>=`: the first look compares with NaN.
            if !(loss >= report.heldOutLoss) && loss.isFinite {
                report.heldOutLoss = loss
                looksWithoutProgress = 0
                keepParameters()
            } else {
                looksWithoutProgress += 1
            }
        }
        if report.stepCount == settings.stepCount {
            report.outcome = .completed
        } else if looksWithoutProgress >= settings.patience {
            report.outcome = .stoppedEarly
        }
    }

    private mutating func keepParameters() {
        report.bestStep = report.stepCount
        for index in parameters.indices { bestParameters[index] = parameters[index] }
    }

    private mutating func heldOutLoss() -> Double {
        let latentCount = shape.latentCount
        var sum = 0.0
        var start = 0
        while start < heldOutRows.count {
            let end = min(start + batch.rowLimit, heldOutRows.count)
            batch.removeRows()
            for index in start..<end { batch.append(row: heldOutRows[index], of: windows, mask: mask) }
            for index in start * latentCount..<end * latentCount {
                batch.epsilon[index - start * latentCount] = heldOutEpsilon[index]
            }
            sum += batch.loss(parameters: parameters, beta: settings.beta) * Double(end - start)
            start = end
        }
        return sum / Double(heldOutRows.count)
    }

    /// A log-variance that left its range would have no gradient to come back by, so it is put back.
    private mutating func keepNoiseInRange() {
        guard shape.outputNoise == .learned else { return }
        let range = ReconstructionLoss.logVarianceRange
        for index in parameters.count - shape.inputCount..<parameters.count {
            parameters[index] = min(max(parameters[index], range.lowerBound), range.upperBound)
        }
    }

    private static func check(_ windows: Matrix, _ mask: Matrix?, _ shape: NetworkShape) throws(TrainingFailure) {
        let columns = windows.columnCount
        guard columns == shape.inputCount else { throw .wrongWidth(found: columns, expected: shape.inputCount) }
        if let mask, mask.rowCount != windows.rowCount || mask.columnCount != columns {
            throw .wrongMask(
                rows: mask.rowCount, columns: mask.columnCount, expectedRows: windows.rowCount,
                expectedColumns: columns)
        }
        for index in windows.elements.indices where !windows.elements[index].isFinite {
            if let mask, mask.elements[index] == 0 { continue }
            throw .notFinite(window: index / columns, cell: index % columns)
        }
    }
}
