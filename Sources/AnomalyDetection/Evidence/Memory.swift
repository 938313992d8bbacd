package import LinearAlgebra

/// The distance to the nearest remembered window of normal times: a window that resembles none is odd.
///
/// Windows are compared by their coordinates along the principal directions of normal windows. What a window holds besides
/// is taken as noise that no two windows share, so the energies of both remainders are added to the squared distance of the
/// coordinates. That is the squared distance of the windows themselves but for the product of the two remainders, at a
/// fraction of its cost. The error is the squared distance per cell.
package struct Memory: EvidencePart, Equatable {
    /// At most so many windows are remembered, as each costs time and room. On the labelled series 1,000 cost 0.005 of VUS-PR.
    package static let rememberedLimit = 2_500
    /// So many principal directions are kept at most.
    package static let dimensionLimit = 32

    package let layout: WindowLayout
    package var kind: EvidenceKind { .memory }
    package var scale: Float = 1
    /// Less than one, for a stream has up to five memories, which at one each were measured to outvote what looks at the state
    /// of the many channels of some streams.
    package var weight: Float { 0.7 }
    package var fades: Bool { false }
    package var reconstructs: Bool { false }

    /// What of a window is compared.
    package let form: Form
    /// The mean window of the form, (width).
    package let mean: [Float]
    /// The principal directions, (dimensions × width).
    package let directions: [Float]
    /// The coordinates of the remembered windows, (remembered × dimensions).
    package let remembered: [Float]
    /// The squared distance of each remembered window from the mean, (remembered).
    package let energies: [Float]

    /// The number of principal directions.
    package var dimensionCount: Int { directions.count / layout.width }

    /// A memory from its stored parts.
    package init(
        layout: WindowLayout, form: Form, scale: Float, mean: [Float], directions: [Float], remembered: [Float],
        energies: [Float]
    ) {
        self.layout = layout
        self.form = form
        self.scale = scale
        self.mean = mean
        self.directions = directions
        self.remembered = remembered
        self.energies = energies
    }

    /// Remembers all of these normal windows, (windows × width). Traps when there are more than ``rememberedLimit``.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite windows do not cause.
    package init(remembering windows: Matrix, layout: WindowLayout, form: Form) throws(LinearAlgebraFailure) {
        precondition(
            windows.columnCount == layout.width, "windows have \(windows.columnCount) cells, not \(layout.width)")
        precondition(windows.rowCount <= Self.rememberedLimit, "\(windows.rowCount) windows are too many to remember")
        let width = layout.width
        var formed = windows.elements
        var all = formed.mutableSpan
        var tile = Form.tile(channelCount: layout.channels.count)
        for row in 0..<windows.rowCount {
            var window = all._mutatingExtracting((row * width)..<((row + 1) * width))
            form.apply(to: &window, channelCount: layout.channels.count, tile: &tile)
        }
        let matrix = Matrix(rows: windows.rowCount, columns: width, elements: formed)
        let subspace = try PrincipalSubspace(of: matrix, dimensions: Self.dimensionLimit)
        self.layout = layout
        self.form = form
        mean = subspace.mean
        directions = subspace.directions
        let dimensions = subspace.dimensionCount
        var remembered = [Float](repeating: 0, count: matrix.rowCount * dimensions)
        var energies = [Float](repeating: 0, count: matrix.rowCount)
        var centered = matrix.elements
        var rows = centered.mutableSpan
        for row in 0..<matrix.rowCount {
            var window = rows._mutatingExtracting((row * width)..<((row + 1) * width))
            replaceEach(&window, with: subspace.mean.span) { $0 - $1 }
            energies[row] = sumEach(window.span, with: window.span) { $0 * $1 }
        }
        var product = BlockScratch()
        var coordinates = remembered.mutableSpan
        // coordinates (remembered, dimensions) = windows (remembered, width) · directionsᵀ (width, dimensions)
        multiplyRows(
            centered.span, by: subspace.directions.span, .transposed, rows: matrix.rowCount, inner: width,
            columns: dimensions, into: &coordinates, scratch: &product)
        self.remembered = remembered
        self.energies = energies
    }

    // MARK: Scoring

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(width: layout.width, latent: dimensionCount)
        scratch.reserve(latentBlock: dimensionCount, remembered: energies.count)
        scratch.reserve(formTile: Form.tileCount(channelCount: layout.channels.count))
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        form(windows, into: &scratch)
        let rows = RowBlock.rowCount
        for start in stride(from: 0, to: windows.count, by: rows) {
            compare(rowsFrom: start, &scratch)
            var minima = SIMD16<Float>(repeating: .infinity)
            RowBlock.lowerMinima(
                &minima, to: scratch.distances.span.extracting(0..<(energies.count * rows)), offsets: energies.span,
                scale: -2)
            for row in start..<min(start + rows, windows.count) {
                errors[row] = max(0, minima[row - start] + energy(of: row, scratch)) / Float(layout.width)
            }
        }
    }

    /// The errors of the windows that the memory was made of: each one's distance to the nearest remembered window that
    /// shares no reading with it. `times` says for the block's windows and `rememberedTimes` for the remembered ones where in
    /// time they end, in slots.
    package func scoreApart(
        _ windows: WindowBlock, times: [Int], rememberedTimes: [Int], scratch: inout EvidenceScratch,
        into errors: inout [Float]
    ) {
        form(windows, into: &scratch)
        let rows = RowBlock.rowCount
        for start in stride(from: 0, to: windows.count, by: rows) {
            compare(rowsFrom: start, &scratch)
            for row in start..<min(start + rows, windows.count) {
                var smallest = Float.infinity
                for index in energies.indices where abs(rememberedTimes[index] - times[row]) >= layout.length {
                    smallest = min(
                        smallest, energies[index] - 2 * scratch.distances[index * rows + row - start])
                }
                errors[row] = max(0, smallest + energy(of: row, scratch)) / Float(layout.width)
            }
        }
    }

    /// Writes the windows, brought to the form and centered, to `scratch.window`. A missing value lies at the mean; where a
    /// whole reading is missing, what stands in for it is nearer to what it was.
    private func form(_ windows: WindowBlock, into scratch: inout EvidenceScratch) {
        form(windows, into: &scratch.window, tile: &scratch.formTile)
    }

    private func form(_ windows: WindowBlock, into formed: inout [Float], tile: inout [Float]) {
        let width = layout.width
        let mean = mean.span.extracting(0..<width)
        var all = formed.mutableSpan
        for row in 0..<windows.count {
            let source = windows.values.span.extracting((row * width)..<((row + 1) * width))
            var target = all._mutatingExtracting((row * width)..<((row + 1) * width))
            replaceEach(&target, with: source) { $1 }
            form.apply(to: &target, channelCount: layout.channels.count, tile: &tile)
            replaceEach(&target, with: mean) { $0 - $1 }
            guard !windows.isComplete(row: row) else { continue }
            for cell in mean.indices where windows.presence[row * width + cell] == Presence.missing {
                target[cell] = 0
            }
        }
    }

    /// Leaves the products of sixteen windows and all remembered ones in `scratch.distances`, (remembered × 16).
    private func compare(rowsFrom start: Int, _ scratch: inout EvidenceScratch) {
        compare(
            scratch.window, rowsFrom: start, coordinates: &scratch.latentBlock, products: &scratch.distances)
    }

    private func compare(
        _ windows: [Float], rowsFrom start: Int, coordinates: inout [Float], products: inout [Float]
    ) {
        let (dimensions, rows) = (dimensionCount, RowBlock.rowCount)
        var allCoordinates = coordinates.mutableSpan
        var block = allCoordinates._mutatingExtracting(0..<(dimensions * rows))
        // coordinates (dimensions, 16) = (windows (16, width) · directionsᵀ (width, dimensions))ᵀ
        RowBlock.multiply(
            rows: windows.span.extracting((start * layout.width)..<((start + rows) * layout.width)),
            by: directions.span,
            .transposed, inner: layout.width, columns: dimensions, into: &block)
        var allProducts = products.mutableSpan
        var result = allProducts._mutatingExtracting(0..<(energies.count * rows))
        // products (remembered, 16) = (coordinates (16, dimensions) · rememberedᵀ (dimensions, remembered))ᵀ
        RowBlock.multiply(
            features: coordinates.span.extracting(0..<(dimensions * rows)), by: remembered.span, .transposed,
            inner: dimensions, columns: energies.count, into: &result)
    }

    private func energy(of row: Int, _ scratch: EvidenceScratch) -> Float {
        let window = scratch.window.span.extracting((row * layout.width)..<((row + 1) * layout.width))
        return sumEach(window, with: window) { $0 * $1 }
    }

    // MARK: Explaining

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        form(windows, into: &scratch)
        let (width, channelCount, dimensions) = (layout.width, layout.channels.count, dimensionCount)
        let (start, lane) = (row - row % RowBlock.rowCount, row % RowBlock.rowCount)
        compare(rowsFrom: start, &scratch)
        var nearest = 0
        var smallest = Float.infinity
        for index in energies.indices {
            let distance = energies[index] - 2 * scratch.distances[index * RowBlock.rowCount + lane]
            if distance < smallest { (nearest, smallest) = (index, distance) }
        }
        var shares = [Double](repeating: 0, count: channelCount)
        for cell in 0..<width where windows.presence[row * width + cell] == Presence.observed {
            var rebuilt: Float = 0
            for dimension in 0..<dimensions {
                rebuilt += remembered[nearest * dimensions + dimension] * directions[dimension * width + cell]
            }
            let difference = scratch.window[row * width + cell] - rebuilt
            shares[cell % channelCount] += Double(difference * difference)
        }
        return EvidenceExplanation(shares: shares)
    }
}
