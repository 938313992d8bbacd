import LinearAlgebra
import VAE

/// Where the latent variables of new windows come from.
enum LatentSource {
    /// The prior that the autoencoder was trained with: independent standard normal variables.
    case prior
    /// The latent means of normal windows, (windows × latent variables), in the order of time, and how far each window's
    /// cells lie from what the network rebuilds, (windows × cells).
    case remembered(Matrix, residuals: Matrix)

    /// Fewer remembered windows than this are no picture of a stream.
    static let fewestWindows = 64
    /// At most so many windows are remembered, evenly spaced.
    private static let windowLimit = 2_048
    /// A remembered window's neighbor is the nearest of so many.
    private static let neighborTries = 256

    /// The windows of a history that an autoencoder remembers, each by the reading that it ends with.
    static func windows(of grid: TrainingGrid, layout: WindowLayout) -> [Int] {
        grid.readings(withWindow: layout.length).evenlySpaced(limit: windowLimit)
    }

    /// The latent means of the windows that end with these readings.
    static func remembering(_ readings: [Int], of grid: TrainingGrid, by part: GenerativeNetwork) -> LatentSource {
        let (windows, mask) = grid.windows(part.layout, endingWith: readings)
        let (latents, rebuilt, _) = part.network.reconstruct(windows)
        var residuals = windows
        for cell in residuals.elements.indices {
            let isObserved = mask.map { $0.elements[cell] > 0 } ?? true
            residuals.elements[cell] = isObserved ? windows.elements[cell] - rebuilt.elements[cell] : 0
        }
        return .remembered(latents, residuals: residuals)
    }

    /// What a sensor adds to a window that the network draws, cell by cell: what it added to the remembered window that is like
    /// it, as that has the course of real noise and of what the network cannot say; from the prior independent noise of
    /// these deviations.
    func residual(
        resembling window: Int?, deviations: [Float], from source: inout RandomSource
    ) -> [Float] {
        guard case .remembered(_, let residuals) = self, let window else {
            return deviations.map { $0 * Float(source.normal()) }
        }
        return Array(residuals.elements[(window * residuals.columnCount)..<((window + 1) * residuals.columnCount)])
    }

    /// Draws latent variables, (count × dimensions); with each goes the remembered window that it resembles, if any.
    ///
    /// Of remembered windows a random one and a neighbor of it are taken, and a random point between them (as Chawla et al.
    /// 2002 do for rare classes): the density of the remembered ones, without repeating any.
    func draw(_ count: Int, dimensions: Int, from source: inout RandomSource) -> (latents: Matrix, resembling: [Int?]) {
        var latents = Matrix(rows: count, columns: dimensions)
        guard case .remembered(let remembered, _) = self else {
            for index in latents.elements.indices { latents.elements[index] = Float(source.normal()) }
            return (latents, Array(repeating: nil, count: count))
        }
        var resembling: [Int?] = []
        for row in 0..<count {
            let first = source.index(below: remembered.rowCount)
            let second = Self.neighbor(of: first, in: remembered, &source)
            let share = Float(source.uniform())
            for column in 0..<dimensions {
                latents[row, column] = (1 - share) * remembered[first, column] + share * remembered[second, column]
            }
            resembling.append(share < 0.5 ? first : second)
        }
        return (latents, resembling)
    }

    private static func neighbor(of row: Int, in remembered: Matrix, _ source: inout RandomSource) -> Int {
        let dimensions = remembered.columnCount
        var nearest = (row: row, distance: Float.infinity)
        for _ in 0..<neighborTries {
            let other = source.index(below: remembered.rowCount)
            var distance: Float = 0
            for column in 0..<dimensions {
                let difference =
                    remembered.elements[other * dimensions + column] - remembered.elements[row * dimensions + column]
                distance += difference * difference
            }
            if other != row, distance < nearest.distance { nearest = (other, distance) }
        }
        return nearest.row
    }
}
