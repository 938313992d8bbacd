package import LinearAlgebra

/// Features of windows of one length that are remembered, and how far others are from the nearest of them.
///
/// Features are first brought to a common scale. Where there are directions, the nearest is looked for in the coordinates along these,
/// and the energy outside of them is added to its squared distance. The error is that for each feature.
package struct RememberedFeatures: Sendable, Equatable {
    /// A feature that factors bring to a common scale is then brought into ± this.
    private static let limit: Float = 20

    /// The slots that are looked at.
    package let length: Int
    /// The error that counts as one.
    package var scale: Float
    /// The mean of each feature in training (features).
    package let center: [Float]
    /// What each feature less its mean is multiplied by (features); empty where that is one.
    package let factors: [Float]
    /// The directions that are looked along (features × dimensions); empty where the features themselves are compared.
    package let directions: [Float]
    /// The last slots of the windows whose features are remembered.
    package let ends: [Int]

    private let coordinates: [Float]  // dimensions × remembered
    private let norms: [Float]  // (remembered)

    /// What was learned of a length, and the features (ends × features) of the windows that end in these slots, at least one.
    package init(
        length: Int, scale: Float = 1, center: [Float], factors: [Float] = [], directions: [Float] = [], ends: [Int],
        features: Matrix
    ) {
        let (count, size) = (ends.count, center.count)
        precondition(!ends.isEmpty && !center.isEmpty && directions.count.isMultiple(of: size))
        precondition(features.rowCount == count && features.columnCount == size)
        precondition(factors.isEmpty || factors.count == size)
        self.length = length
        self.scale = scale
        self.center = center
        self.factors = factors
        self.directions = directions
        self.ends = ends
        let dimensions = directions.isEmpty ? size : directions.count / size
        var rows = features.elements
        Self.standardize(&rows, count, center, factors)
        if !directions.isEmpty {
            let standardized = rows
            rows = [Float](repeating: 0, count: count * dimensions)
            multiply(
                firstRowsOf: standardized, by: directions.span, rows: count, inner: size, columns: dimensions,
                into: &rows)
        }
        var coordinates = [Float](repeating: 0, count: rows.count)
        for index in rows.indices { coordinates[index % dimensions * count + index / dimensions] = rows[index] }
        self.coordinates = coordinates
        norms = (0..<count).map { squaredNorm(of: rows, in: ($0 * dimensions)..<(($0 + 1) * dimensions)) }
    }

    /// The coordinates in which the nearest is looked for.
    var dimensionCount: Int { coordinates.count / ends.count }

    /// Brings the features of rows to the common scale.
    private static func standardize(_ features: inout [Float], _ count: Int, _ center: [Float], _ factors: [Float]) {
        let size = center.count
        var all = features.mutableSpan
        for row in 0..<count {
            var target = all._mutatingExtracting((row * size)..<((row + 1) * size))
            if factors.isEmpty {
                replaceEach(&target, with: center.span) { $0 - $1 }
            } else {
                let limit = SIMD8(repeating: Self.limit)
                replaceEach(&target, with: center.span, factors.span) {
                    let value = ($0 - $1) * $2
                    let below = value.replacing(with: limit, where: value .> limit)
                    return below.replacing(with: -limit, where: below .< -limit)
                }
            }
        }
    }

    /// Brings the features of so many rows in the scratch to the common scale, and writes their coordinates and the products of these
    /// with what is remembered.
    func lookUp(_ rowCount: Int, _ scratch: inout EvidenceScratch) {
        Self.standardize(&scratch.features, rowCount, center, factors)
        if !directions.isEmpty {
            multiply(
                firstRowsOf: scratch.features, by: directions.span, rows: rowCount, inner: center.count,
                columns: dimensionCount,
                into: &scratch.coordinates)
        }
        multiply(
            firstRowsOf: directions.isEmpty ? scratch.features : scratch.coordinates, by: coordinates.span,
            rows: rowCount,
            inner: dimensionCount, columns: ends.count, into: &scratch.products)
    }

    /// The error of a row that was looked up, and which of what is remembered is the nearest.
    func nearest(_ row: Int, _ scratch: borrowing EvidenceScratch) -> (error: Float, place: Int) {
        let (size, dimensions, count) = (center.count, dimensionCount, ends.count)
        let found = NearestRow.smallest(
            products: scratch.products.span.extracting((row * count)..<((row + 1) * count)), offsets: norms.span)
        let energy = squaredNorm(of: scratch.features, in: (row * size)..<((row + 1) * size))
        let inside =
            directions.isEmpty
            ? energy : squaredNorm(of: scratch.coordinates, in: (row * dimensions)..<((row + 1) * dimensions))
        return ((max(found.value + inside, 0) + max(energy - inside, 0)) / Float(size), found.place)
    }

    /// The squared difference of each feature of a row that was looked up from those of one window, (features).
    func squaredDifferences(_ row: Int, _ scratch: EvidenceScratch, from features: Matrix) -> [Float] {
        var other = features.elements
        Self.standardize(&other, 1, center, factors)
        return other.indices.map { index in
            let difference = scratch.features[row * center.count + index] - other[index]
            return difference * difference
        }
    }
}
