package import AnomalyDetection

/// Why a file, or a stream of it, cannot be measured.
package enum BacktestFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file could not be read to its end.
    case unreadable(String)
    /// The first row does not say which column is what.
    case layout(CSVLayoutFailure)
    /// There is no reading in the file.
    case noReadings
    /// The column that should hold the labels is not there.
    case noLabelColumn(name: String, names: [String])
    /// A label is neither 0 nor 1.
    case badLabel(row: Int, text: String, column: String)
    /// Nothing is left to be measured.
    case tooFewReadings(count: Int, trainRows: Int)
    /// There is no normal stretch to learn from.
    case anomalousTooSoon(reading: Int, needed: Int)
    /// All measured readings are labelled normal.
    case noAnomalies(trainRows: Int)
    /// All measured readings are labelled anomalous.
    case noNormalReadings(trainRows: Int)
    /// No model could be fitted, so there are no scores.
    case noModel(reason: String)

    package var description: String {
        switch self {
        case .unreadable(let cause): cause
        case .layout(let failure): "\(failure)"
        case .noReadings: "there is no reading in the file"
        case .noLabelColumn(let name, let names):
            "there is no label column \"\(name)\"; the columns are "
                + names.prefix(20).map { "\"\($0.prefix(60))\"" }.joined(separator: ", ")
                + (names.count > 20 ? " and \(names.count - 20) more" : "")
        case .badLabel(let row, let text, let column):
            "row \(row), column \"\(column)\": the label is \"\(text.prefix(60))\"; expected 0 for normal or 1 for anomalous"
        case .tooFewReadings(let count, let trainRows):
            "\(count) readings, of which the first \(trainRows) are learned from, leave none to measure; "
                + "give fewer with --train-rows"
        case .anomalousTooSoon(let reading, let needed):
            "reading \(reading + 1) is labelled anomalous already, and a model needs at least \(needed) normal readings "
                + "before that; say with --train-rows how many are to be learned from all the same"
        case .noAnomalies(let trainRows):
            "none of the readings after the first \(trainRows), which are learned from, is labelled anomalous, "
                + "so there is nothing to find"
        case .noNormalReadings(let trainRows):
            "all readings after the first \(trainRows), which are learned from, are labelled anomalous, "
                + "so there is nothing to tell them from"
        case .noModel(let reason): "no model could be fitted, so there are no scores: \(reason)"
        }
    }
}
