import Foundation
import Testing

/// What the prototype says of one series, as Fixtures/make_prototype.py wrote it.
struct PrototypeNumbers: Decodable, CustomTestStringConvertible {
    /// Errors as they are and what counts as one, for one way of looking.
    struct Errors: Decodable {
        let scale: Double
        let errors: [Double]
    }

    struct Foresight: Decodable {
        let horizon: Int
        /// For each channel.
        let deviations: [Double]
        let scale: Double
        let errors: [Double]
    }

    struct Memory: Decodable {
        let kind: String
        let even: Errors
        let newest: Errors
        /// By how much the second nearest window is farther, as a share of the energies that the distance is computed from.
        let gaps: [Double]
    }

    struct Table: Decodable {
        let length: Int
        let scale: Double
        let errors: [Double]
    }

    /// The rows behind the training, one after the other.
    struct Replay: Decodable {
        /// The moving average of the cubes of sums before the first of them.
        let evidence: Double
        let sums: [Double]
        let live: [Double]
        let settled: [Double]
    }

    let name: String
    /// The first rows, which are the training's.
    let trainRows: Int
    /// The rows that the numbers are of.
    let rows: [Int]
    /// The channels that are neither constant nor few-valued, and their centers and spreads.
    let windowed: [Int]
    let center: [Double]
    let spread: [Double]
    let windowLength: Int
    let latentCount: Int
    let residualVariance: Double
    let variances: [Double]
    let newestSlots: Int
    let rebuild: Errors
    let foresight: [Foresight]
    let memory: [Memory]
    let context: [Table]
    let statistics: [Table]
    let novelty: [Double]
    let noveltyOfWorst: [Double]
    let stillness: [Double]
    let stuck: [Double]
    /// The moving average of standing still after the rows that have no whole window.
    let stuckPast: Double
    let sum: [Double]
    let live: [Double]
    let settled: [Double]
    let replay: Replay

    /// The first row that has a whole window.
    var firstWindow: Int { windowLength - 1 }
    /// Whether no channels take turns in being novel.
    var noveltiesAgree: Bool { novelty == noveltyOfWorst }
    var testDescription: String { name }

    static let recorded: [PrototypeNumbers] = {
        struct Recording: Decodable {
            let series: [PrototypeNumbers]
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/prototype.json")
        do {
            return try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file)).series
        } catch {
            preconditionFailure("\(file.path()) cannot be read: \(error)")
        }
    }()
}
