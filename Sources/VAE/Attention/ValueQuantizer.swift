import RealModule

/// The bins that one channel's values are told apart by, and what is known of each.
///
/// Values are brought into ±8, the normalizer's range. The edges are the quantiles k/B of a mixture of the training
/// values (three quarters) and the even distribution over the range (one quarter). Where values are dense, bins are
/// narrow and hold about the same number of them, so that none is wasted. Where there are none, bins are at most 64/B
/// wide, so that a value far out is told from one at the border; quantiles of the values alone would put both into one
/// bin. No bin is narrower than 1/64: a value that repeats exactly would otherwise have a density without limit.
package struct ValueQuantizer: Sendable, Equatable {
    /// Values are brought into ± this.
    package static let limit: Float = 8
    /// The range is divided into so many equal cells, and every edge is a border of two: a value's bin is then found by
    /// one look into a table.
    static let cellCount = 1_024
    /// The numbers of bins that there can be.
    package static let binCounts = 2...256
    /// The share of the even distribution in the mixture.
    private static let evenShare = 0.25
    private static let cellsPerUnit = Float(cellCount) / (2 * limit)

    /// The number of bins, B.
    package var binCount: Int { centers.count }
    /// The borders of the bins (B + 1), ascending, from −8 to 8; bin k goes from edge k up to, not including, edge k +
    /// 1.
    package let edges: [Float]
    /// The mean of each bin's training values (B); its middle where there was none.
    package let centers: [Float]
    /// The share of the training values in each bin (B), one more value spread evenly over the range being counted with
    /// them; they add up to 1 and none is 0.
    package let shares: [Float]
    /// The natural logarithm of each bin's width (B).
    package let logWidths: [Float]
    private let bins: [UInt8]  // (1,024), the bin of each cell

    /// The bins for training values, which are finite; values that are missing are left out by the caller.
    package init(values: [Float], binCount: Int) {
        precondition(Self.binCounts.contains(binCount), "\(binCount) bins")
        var counts = [Int](repeating: 0, count: Self.cellCount)
        for value in values { counts[Self.cell(of: value)] += 1 }
        let edgeCells = Self.edgeCells(counts: counts, binCount: binCount)
        let bins = Self.bins(edgeCells: edgeCells)

        var sums = [Double](repeating: 0, count: binCount)
        var valueCounts = [Int](repeating: 0, count: binCount)
        for value in values {
            let bin = Int(bins[Self.cell(of: value)])
            sums[bin] += Double(min(max(value, -Self.limit), Self.limit))
            valueCounts[bin] += 1
        }
        let edges = edgeCells.map(Self.edge)
        let centers = (0..<binCount).map { bin in
            let middle = (edges[bin] + edges[bin + 1]) / 2
            return valueCounts[bin] == 0 ? middle : Float(sums[bin] / Double(valueCounts[bin]))
        }
        let shares = (0..<binCount).map { bin in
            let evenShare = Double(edges[bin + 1] - edges[bin]) / Double(2 * Self.limit)
            return Float((Double(valueCounts[bin]) + evenShare) / Double(values.count + 1))
        }
        self.init(edgeCells: edgeCells, centers: centers, shares: shares)
    }

    /// Bins with their borders (B + 1) counted in cells, ascending from 0 to 1,024.
    init(edgeCells: [Int], centers: [Float], shares: [Float]) {
        edges = edgeCells.map(Self.edge)
        self.centers = centers
        self.shares = shares
        bins = Self.bins(edgeCells: edgeCells)
        let edges = edges
        logWidths = centers.indices.map { Float.log(edges[$0 + 1] - edges[$0]) }
    }

    /// The bin of a value; one beyond the range belongs to the first or the last. Traps when it is not a number.
    package func bin(of value: Float) -> Int { Int(bins[Self.cell(of: value)]) }

    /// The borders counted in cells (B + 1).
    var edgeCells: [Int] { edges.map { Int(($0 + Self.limit) * Self.cellsPerUnit) } }

    private static func cell(of value: Float) -> Int {
        precondition(!value.isNaN, "a value that is not a number; a missing value has to be masked")
        // Rounded before the offset is added: a small negative value must not be taken for one of the cell above 0.
        let cell = (min(max(value, -limit), limit) * cellsPerUnit).rounded(.down) + limit * cellsPerUnit
        return min(Int(cell), cellCount - 1)
    }

    private static func edge(ofCell cell: Int) -> Float { Float(cell) / cellsPerUnit - limit }

    /// The borders (B + 1), counted in cells: where the mixture's distribution function passes each k/B.
    private static func edgeCells(counts: [Int], binCount: Int) -> [Int] {
        let total = max(1, counts.reduce(0, +))
        var masses = counts.map { (1 - evenShare) * Double($0) / Double(total) + evenShare / Double(cellCount) }
        limitMasses(&masses, to: 1 / Double(binCount))
        var edges = [0]
        var sum = 0.0
        let whole = masses.reduce(0, +)
        for cell in 0..<cellCount {
            sum += masses[cell]
            // No cell is passed by two quantiles, but for what rounding does: then the next cell takes the second.
            let isPassed = sum >= Double(edges.count) / Double(binCount) * whole * (1 - 1e-12)
            let mustPass = cellCount - 1 - cell <= binCount - edges.count
            if edges.count < binCount && (isPassed || mustPass) { edges.append(cell + 1) }
        }
        edges.append(cellCount)
        return edges
    }

    /// Brings masses that are over a limit down to it and gives what they lose to the others, in proportion to these.
    private static func limitMasses(_ masses: inout [Double], to limit: Double) {
        // Each round takes one mass more to the limit, or it is the last; there are fewer than B over 1/B.
        while true {
            let full = masses.indices.filter { masses[$0] >= limit }
            guard full.contains(where: { masses[$0] > limit }) else { return }
            let rest = masses.reduce(0) { $0 + ($1 < limit ? $1 : 0) }
            let factor = (masses.reduce(0, +) - limit * Double(full.count)) / rest
            for index in masses.indices { masses[index] = masses[index] >= limit ? limit : masses[index] * factor }
        }
    }

    private static func bins(edgeCells: [Int]) -> [UInt8] {
        var bins = [UInt8](repeating: 0, count: cellCount)
        for bin in 0..<edgeCells.count - 1 {
            for cell in edgeCells[bin]..<edgeCells[bin + 1] { bins[cell] = UInt8(bin) }
        }
        return bins
    }
}
