import RealModule
import VAE

/// The excesses over a threshold as a generalized Pareto distribution that follows a stream of them.
///
/// Maximum likelihood, one step of Newton's method with the expected information for each block of excesses (Fisher scoring),
/// where the information of all blocks and of the sample before them decides how far a step goes. Where excesses are seen
/// only up to a level, likelihood and information are those of the distribution cut off there.
struct TailEstimate: Sendable, Equatable {
    /// The slope of a log-likelihood along the logarithm of the scale and along the shape.
    struct Slope: Sendable, Equatable {
        var scale = 0.0
        var shape = 0.0

        mutating func add(_ other: Slope) {
            scale += other.scale
            shape += other.shape
        }
    }

    /// Information of the logarithm of the scale and the shape: a symmetric matrix.
    struct Information: Sendable, Equatable {
        var scale = 0.0
        var both = 0.0
        var shape = 0.0
    }

    /// A lighter tail than this is taken for this one: below, the likelihood loses its footing.
    static let lightest = -0.2
    /// With one block neither parameter moves by more.
    private static let longestStep = 0.25
    /// Sums of evidence are ratios to what is normal, so excesses that differ by less than this are the same.
    private static let smallestScale = 1e-6
    /// A shape nearer to 0 than this is followed by its series there.
    private static let nearZero = 1e-3
    /// Steps of the sum that stands for the integral of the information.
    private static let integrationSteps = 32

    private(set) var scale: Double
    private(set) var shape: Double
    private(set) var information: Information

    /// The estimate that so many excesses gave.
    init(scale: Double, shape: Double, exceedances: Double) {
        (self.scale, self.shape, information) = (scale, shape, Information())
        let single = expectedInformation(survival: 0)
        information = Information(
            scale: single.scale * exceedances, both: single.both * exceedances, shape: single.shape * exceedances)
    }

    /// Writes the parts.
    func encode(into writer: inout ByteWriter) {
        for value in [scale, shape, information.scale, information.both, information.shape] { writer.write(value) }
    }

    /// The estimate that ``encode(into:)`` wrote.
    init(decodingFrom reader: inout ByteReader) throws(BlobFailure) {
        scale = try reader.readDouble("tail scale")
        shape = try reader.readDouble("tail shape")
        information = Information(
            scale: try reader.readDouble("information"), both: try reader.readDouble("information"),
            shape: try reader.readDouble("information"))
        guard scale > 0, scale.isFinite, shape.isFinite else {
            throw reader.failure("tail", expected: "a positive scale and a finite shape")
        }
    }

    /// The tail with a shape that is not negative, of the same mean.
    var used: ParetoTail {
        shape >= 0 ? ParetoTail(scale: scale, shape: shape) : ParetoTail(scale: scale / (1 - shape), shape: 0)
    }

    /// How fast the log-likelihood of one excess rises.
    func slope(at excess: Double) -> Slope {
        let y = excess / scale
        let stretched = max(1 + shape * y, 0.05)
        let alongScale = -1 + (1 + shape) * y / stretched
        if abs(shape) < Self.nearZero {
            return Slope(scale: alongScale, shape: y * y / 2 - y - shape * (2 * y * y * y / 3 - y * y))
        }
        return Slope(
            scale: alongScale, shape: Double.log(stretched) / (shape * shape) - (1 + 1 / shape) * y / stretched)
    }

    /// Takes the excesses of a block, of which only those below a level were to be seen.
    mutating func learn(_ total: Slope, of count: Int, below level: Double) {
        guard count > 0 else { return }
        let (hidden, mean) = cutOff(at: level)
        let single = expectedInformation(survival: hidden)
        information.scale += Double(count) * single.scale
        information.both += Double(count) * single.both
        information.shape += Double(count) * single.shape
        let slope = Slope(
            scale: total.scale - Double(count) * mean.scale, shape: total.shape - Double(count) * mean.shape)
        let determinant = information.scale * information.shape - information.both * information.both
        guard determinant > 0 else { return }
        let byScale = (information.shape * slope.scale - information.both * slope.shape) / determinant
        let byShape = (information.scale * slope.shape - information.both * slope.scale) / determinant
        scale = max(
            scale * Double.exp(min(max(byScale, -Self.longestStep), Self.longestStep)), Self.smallestScale)
        shape += min(max(byShape, -Self.longestStep), Self.longestStep)
        shape = min(max(shape, Self.lightest), ScoreCalibration.shapeLimit)
    }

    /// The share of excesses over a level, and the mean slope of those below it; over all excesses that mean is 0.
    private func cutOff(at level: Double) -> (survival: Double, mean: Slope) {
        let y = level / scale
        let stretched = max(1 + shape * y, 0.05)
        let isNearZero = abs(shape) < Self.nearZero
        let logSurvival = isNearZero ? shape * y * y / 2 - y : -Double.log(stretched) / shape
        let survival = Double.exp(logSurvival)
        // How the logarithm of the survival function rises with each parameter.
        let byScale = y / stretched
        let byShape =
            isNearZero
            ? y * y / 2 - 2 * shape * y * y * y / 3 : (Double.log(stretched) / shape - y / stretched) / shape
        let odds = survival / max(1 - survival, .leastNormalMagnitude)
        return (survival, Slope(scale: -odds * byScale, shape: -odds * byShape))
    }

    /// What one excess below the level that this share exceeds tells: the covariance of its slopes.
    private func expectedInformation(survival hidden: Double) -> Information {
        var mean = Slope()
        var squares = Information()
        var total = 0.0
        for step in 0..<Self.integrationSteps {
            // Squares, so that steps are short where excesses are large.
            let root = (Double(step) + 0.5) / Double(Self.integrationSteps)
            let survival = hidden + (1 - hidden) * root * root
            let logSurvival = Double.log(survival)
            let y = abs(shape) < Self.nearZero ? -logSurvival : Double.expMinusOne(-shape * logSurvival) / shape
            let slope = slope(at: y * scale)
            mean.add(Slope(scale: root * slope.scale, shape: root * slope.shape))
            squares.scale += root * slope.scale * slope.scale
            squares.both += root * slope.scale * slope.shape
            squares.shape += root * slope.shape * slope.shape
            total += root
        }
        return Information(
            scale: squares.scale / total - mean.scale * mean.scale / (total * total),
            both: squares.both / total - mean.scale * mean.shape / (total * total),
            shape: squares.shape / total - mean.shape * mean.shape / (total * total))
    }

    /// The same tail over a threshold that lies higher by so much.
    mutating func move(by distance: Double) {
        scale = max(scale + shape * distance, scale / 2, Self.smallestScale)
    }

    /// Forgets all but this share of what was learned.
    mutating func forget(keeping share: Double) {
        information.scale *= share
        information.both *= share
        information.shape *= share
    }
}
