package import AnomalyDetection

extension Configuration.Input {
    /// What the decoder is told about CSV.
    package var csvOptions: CSVOptions {
        var options = CSVOptions()
        switch csv.layout {
        case .auto: break
        case .wide: options.layout = .wide
        case .long: options.layout = .long
        }
        switch csv.header {
        case .auto: break
        case .present: options.hasHeader = true
        case .absent: options.hasHeader = false
        }
        switch csv.delimiter {
        case .auto: break
        case .comma: options.delimiter = UInt8(ascii: ",")
        case .semicolon: options.delimiter = UInt8(ascii: ";")
        case .tab: options.delimiter = UInt8(ascii: "\t")
        }
        options.timeColumn = csv.timeColumn
        options.streamColumn = csv.streamColumn
        options.channelColumn = csv.channelColumn
        options.valueColumn = csv.valueColumn
        options.ignoredColumns = Set(ignore)
        options.defaultStream = csv.defaultStream
        return options
    }
}
