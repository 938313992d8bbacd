import AnomalyDetection

/// The column that says which readings are anomalous.
package struct LabelColumn: Sendable, Equatable {
    /// The names that are taken for labels where nobody says which column it is; the first wins.
    package static let knownNames = ["label", "labels", "anomaly", "is_anomaly"]

    /// The name in the header.
    let name: String
    /// The place among the columns.
    let index: Int

    /// The column with a name, which counts without case where it does not occur as it is; or one with a known name; or none.
    init?(named wanted: String?, among names: [String]) throws(BacktestFailure) {
        let candidates = wanted.map { [$0] } ?? Self.knownNames
        let index = candidates.lazy.compactMap { candidate in
            names.firstIndex(of: candidate) ?? names.firstIndex { $0.lowercased() == candidate.lowercased() }
        }.first
        guard let index else {
            if let wanted { throw .noLabelColumn(name: wanted, names: names) }
            return nil
        }
        name = names[index]
        self.index = index
    }

    /// Whether a row is labelled anomalous. `row` is its number in the file, for people.
    func isAnomalous(_ record: Span<UInt8>, layout: CSVLayout, row: Int) throws(BacktestFailure) -> Bool {
        let text = layout.text(ofColumn: index, in: record) ?? ""
        switch Double(text) {
        case 0: return false
        case 1: return true
        default: throw .badLabel(row: row, text: text, column: name)
        }
    }
}
