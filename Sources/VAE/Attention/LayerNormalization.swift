import LinearAlgebra

/// Brings each row to mean 0 and deviation 1, then scales and shifts its features (Ba, Kiros and Hinton 2016).
struct LayerNormalization: Sendable {
    /// What one pass leaves behind.
    struct State: Sendable {
        var normalized: [Float]  // (rows, W), before gain and shift
        var inverseDeviations: [Float]  // (rows)
        var output: [Float]  // (rows, W)

        init(rowLimit: Int, width: Int) {
            normalized = [Float](repeating: 0, count: rowLimit * width)
            inverseDeviations = [Float](repeating: 0, count: rowLimit)
            output = normalized
        }
    }

    /// Added to the variance, as PyTorch does, so that a row of equal features has a deviation too.
    private static let epsilon: Float = 1e-5

    let width: Int
    /// The gains' place among the parameters (W).
    let gain: Range<Int>
    /// The shifts' place among the parameters (W).
    let shift: Range<Int>
    /// Where the next layer's parameters can begin.
    var end: Int { shift.upperBound }

    init(startingAt start: Int, width: Int) {
        self.width = width
        gain = start..<start + width
        shift = start + width..<start + 2 * width
    }

    /// These rows of x (…, W) into the same rows of the state.
    func forward(_ x: [Float], rows: Range<Int>, parameters: [Float], state: inout State) {
        forward(
            x, rows: rows, parameters: parameters, normalized: &state.normalized,
            inverseDeviations: &state.inverseDeviations, output: &state.output)
    }

    private func forward(
        _ x: [Float], rows: Range<Int>, parameters: [Float], normalized allNormalized: inout [Float],
        inverseDeviations: inout [Float], output allOutput: inout [Float]
    ) {
        let (x, parameters) = (x.span, parameters.span)
        let (gain, shift) = (parameters.extracting(gain), parameters.extracting(shift))
        let share = 1 / Float(width)
        var allNormalized = allNormalized.mutableSpan
        var allOutput = allOutput.mutableSpan
        for row in rows {
            let cells = row * width..<(row + 1) * width
            let x = x.extracting(cells)
            var normalized = allNormalized._mutatingExtracting(cells)
            let mean = sumEach(x, with: x) { x, _ in x } * share
            replaceEach(&normalized, with: x) { _, x in x - mean }
            let variance = sumEach(normalized.span, with: normalized.span) { $0 * $1 } * share
            let inverseDeviation = 1 / (variance + Self.epsilon).squareRoot()
            replaceEach(&normalized) { $0 * inverseDeviation }
            inverseDeviations[row] = inverseDeviation
            var output = allOutput._mutatingExtracting(cells)
            replaceEach(&output, with: normalized.span, gain) { _, normalized, gain in normalized * gain }
            replaceEach(&output, with: shift) { $0 + $1 }
        }
    }

    /// The gradients of gain and shift, and that of x added to `dx`, from that of y; `dy` is used up.
    ///
    /// dy and dx are (rows, W).
    func backward(
        _ dy: inout [Float], rows: Int, parameters: [Float], state: State, gradient: inout [Float],
        addingTo dx: inout [Float]
    ) {
        let gain = parameters.span.extracting(gain)
        let share = 1 / Float(width)
        var gradient = gradient.mutableSpan
        var dShift = gradient._mutatingExtracting(shift)
        sumRows(dy.span.extracting(0..<rows * width), into: &dShift)
        var dGain = gradient._mutatingExtracting(self.gain)
        replaceEach(&dGain) { _ in SIMD8() }
        var allDy = dy.mutableSpan
        var allDx = dx.mutableSpan
        for row in 0..<rows {
            let cells = row * width..<(row + 1) * width
            let normalized = state.normalized.span.extracting(cells)
            var dNormalized = allDy._mutatingExtracting(cells)
            replaceEach(&dGain, with: dNormalized.span, normalized) { $0 + $1 * $2 }
            replaceEach(&dNormalized, with: gain) { $0 * $1 }
            // What is along the row's mean or along the row itself does not come through.
            let mean = sumEach(dNormalized.span, with: dNormalized.span) { x, _ in x } * share
            let along = sumEach(dNormalized.span, with: normalized) { $0 * $1 } * share
            let inverseDeviation = state.inverseDeviations[row]
            var dx = allDx._mutatingExtracting(cells)
            replaceEach(&dx, with: dNormalized.span, normalized) { dx, dNormalized, normalized in
                dx + inverseDeviation * (dNormalized - mean - normalized * along)
            }
        }
    }
}
