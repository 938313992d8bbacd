extension CSVLayout {
    /// The text of one column in a record, also of a column that is not read into readings; nil where the record is malformed
    /// or has too few fields.
    package func text(ofColumn column: Int, in record: Span<UInt8>) -> String? {
        var index = 0
        for _ in 0..<column {
            guard let field = try? CSVField.scan(record, from: index, delimiter: delimiter), field.end < record.count
            else { return nil }
            index = field.end + 1
        }
        return (try? CSVField.scan(record, from: index, delimiter: delimiter))?.text(in: record)
    }
}
