import AnomalyDetection
import LinearAlgebra

/// Windows that lie in a known subspace but for a little noise.
struct SampleWindows {
    let layout: WindowLayout
    let mean: [Float]
    /// Orthonormal directions, (dimensions × width).
    let directions: [[Float]]
    /// The standard deviation along each direction.
    let deviations: [Float]
    let noise: Float
    private var random: RandomSource

    init(length: Int = 8, channels: Int = 2, deviations: [Float] = [4, 2], noise: Float = 0.1, seed: UInt64) {
        let layout = WindowLayout(length: length, channels: Array(0..<channels))
        var random = RandomSource(seed: seed)
        var directions: [[Float]] = []
        for _ in deviations {
            var direction = (0..<layout.width).map { _ in Float(random.normal()) }
            for earlier in directions {
                let overlap = zip(direction, earlier).reduce(0) { $0 + $1.0 * $1.1 }
                for cell in direction.indices { direction[cell] -= overlap * earlier[cell] }
            }
            let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            directions.append(direction.map { $0 / length })
        }
        mean = (0..<layout.width).map { _ in Float(random.normal()) }
        self.layout = layout
        self.directions = directions
        self.deviations = deviations
        self.noise = noise
        self.random = random
    }

    /// The window with these coordinates, in units of their deviations, and its share of noise.
    mutating func window(at coordinates: [Float], noise factor: Float = 1) -> [Float] {
        var window = mean
        for cell in window.indices {
            window[cell] += factor * noise * Float(random.normal())
            for (index, coordinate) in coordinates.enumerated() {
                window[cell] += coordinate * deviations[index] * directions[index][cell]
            }
        }
        return window
    }

    /// A normal window.
    mutating func next() -> [Float] {
        var coordinates: [Float] = []
        for _ in deviations { coordinates.append(Float(random.normal())) }
        return window(at: coordinates)
    }

    /// Normal windows, (count × width).
    mutating func matrix(_ count: Int) -> Matrix {
        var elements: [Float] = []
        for _ in 0..<count { elements += next() }
        return Matrix(rows: count, columns: layout.width, elements: elements)
    }
}

extension WindowBlock {
    /// A block of these windows; `missing` names the cells of each row that were not read.
    init(_ windows: [[Float]], layout: WindowLayout, missing: [Set<Int>] = []) {
        self.init(layout: layout)
        for (row, window) in windows.enumerated() {
            let presence = window.indices.map { cell in
                row < missing.count && missing[row].contains(cell) ? Presence.missing : Presence.observed
            }
            append(window, presence, channelCount: layout.channels.count, lastSlot: layout.length - 1)
        }
    }
}

extension EvidencePart {
    /// The errors of the windows of a block.
    func errors(of block: WindowBlock) -> [Float] {
        var scratch = EvidenceScratch()
        reserve(in: &scratch)
        var errors = [Float](repeating: .nan, count: WindowBlock.rowCount)
        score(block, scratch: &scratch, into: &errors)
        return Array(errors[..<block.count])
    }

    /// The explanation of a window of a block.
    func explanation(of block: WindowBlock, row: Int = 0) -> EvidenceExplanation {
        var scratch = EvidenceScratch()
        reserve(in: &scratch)
        return explain(block, row: row, scratch: &scratch)
    }
}
