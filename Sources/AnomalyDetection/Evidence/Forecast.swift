package import LinearAlgebra

/// How badly the newest readings were forecast: each as a linear function of those before it (linear autoregression, fitted
/// by ridge regression).
///
/// The error is the squared residual in units of its deviation in training, averaged over the channels and over the newest
/// slots: one reading's residual is noise, and what is odd stays so for a while.
package struct Forecast: EvidencePart, Equatable {
    /// Slots over which residuals are averaged.
    package static let slotCount = 32
    /// How many slots a forecast looks back on, if that is not too much for the number of channels.
    static let lagLimit = 32
    /// The most cells that a forecast is made from.
    static let cellLimit = 400
    /// With fewer readings for each cell that it is made from, a forecast fits what it saw and little else.
    private static let readingsPerCell = 4
    /// A residual is divided by at least this deviation.
    private static let deviationFloor: Float = 0.03
    /// The ridge, as a share of the number of readings; at least 1.
    private static let ridgeShare = 1e-3

    package let layout: WindowLayout
    package var kind: EvidenceKind { .forecast }
    package var scale: Float = 1
    package var weight: Float
    package var fades: Bool { false }
    package var reconstructs: Bool { false }

    /// How many slots ahead is forecast.
    package let horizon: Int
    /// The number of slots that a forecast is made from.
    package let lagCount: Int
    /// The coefficients, (channels × lag cells): lag cells as in a window, the oldest slot first.
    package let coefficients: [Float]
    /// The constant of each channel's forecast, (channels).
    package let constants: [Float]
    /// The deviation of each channel's residual in training, (channels).
    package private(set) var deviations: [Float]

    /// A forecast from its stored parts.
    package init(
        channels: [Int], horizon: Int, lagCount: Int, weight: Float, scale: Float, coefficients: [Float],
        constants: [Float], deviations: [Float]
    ) {
        layout = Self.layout(of: channels, horizon: horizon, lagCount: lagCount)
        self.horizon = horizon
        self.lagCount = lagCount
        self.weight = weight
        self.scale = scale
        self.coefficients = coefficients
        self.constants = constants
        self.deviations = deviations
    }

    /// The windows that the part looks at.
    package static func layout(of channels: [Int], horizon: Int, lagCount: Int) -> WindowLayout {
        WindowLayout(length: slotCount + lagCount + horizon - 1, channels: channels)
    }

    /// The windows that a forecast is fitted to, where there are so many readings: what it is made from, and what it was to be.
    package static func fittingLayout(of channels: [Int], horizon: Int, readingCount: Int) -> WindowLayout {
        var lags = lagLimit
        let limit = min(cellLimit, readingCount / readingsPerCell)
        while lags * channels.count > limit, lags > 2 { lags /= 2 }
        return WindowLayout(length: lags + horizon, channels: channels)
    }

    /// Fits the forecast to windows of ``fittingLayout(of:horizon:readingCount:)``, (windows × its width).
    ///
    /// Throws when the ridge is too small to make the equations definite, which finite windows do not cause.
    package init(
        fittedTo windows: Matrix, channels: [Int], horizon: Int, weight: Float
    ) throws(LinearAlgebraFailure) {
        let channelCount = channels.count
        let lagCount = windows.columnCount / channelCount - horizon
        let inputs = lagCount * channelCount
        let targetStart = (lagCount + horizon - 1) * channelCount
        precondition(
            lagCount > 0 && windows.columnCount == targetStart + channelCount,
            "the windows are not of the fitting layout")
        let equations = NormalEquations(
            windows, inputs: 0..<inputs, targets: targetStart..<(targetStart + channelCount))
        let solution = try equations.solved(ridge: max(1, Self.ridgeShare * Double(windows.rowCount)))
        self.init(
            channels: channels, horizon: horizon, lagCount: lagCount, weight: weight, scale: 1,
            coefficients: (0..<channelCount).flatMap { channel in
                solution[(channel * (inputs + 1))..<(channel * (inputs + 1) + inputs)].map { Float($0) }
            },
            constants: (0..<channelCount).map { Float(solution[$0 * (inputs + 1) + inputs]) },
            deviations: [Float](repeating: 1, count: channelCount))
        deviations = residualDeviations(on: windows, targetStart: targetStart)
    }

    private func residualDeviations(on windows: Matrix, targetStart: Int) -> [Float] {
        let inputs = coefficients.count / constants.count
        let width = windows.columnCount
        return constants.indices.map { channel in
            let factors = coefficients.span.extracting((channel * inputs)..<((channel + 1) * inputs))
            var (sum, squares) = (0.0, 0.0)
            for row in 0..<windows.rowCount {
                let forecast = sumEach(
                    factors, with: windows.elements.span.extracting((row * width)..<(row * width + inputs))
                ) { $0 * $1 }
                let residual = Double(
                    windows.elements[row * width + targetStart + channel] - constants[channel] - forecast)
                sum += residual
                squares += residual * residual
            }
            let count = Double(max(1, windows.rowCount))
            let variance = squares / count - (sum / count) * (sum / count)
            return max(Float(max(0, variance).squareRoot()), Self.deviationFloor)
        }
    }
}
