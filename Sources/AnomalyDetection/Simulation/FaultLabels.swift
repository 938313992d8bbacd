extension SimulationPlan {
    /// The injected faults as CSV: `stream,channel,fault,start,end`, a line each, by start.
    ///
    /// `start` is the time of the first affected row, `end` that of the first row after the fault.
    package func faultLabels() -> [UInt8] {
        var bytes = Array("stream,channel,fault,start,end\n".utf8)
        let digitCount = TimestampFormat.fractionDigitCount(start, stepNanoseconds: intervalNanoseconds)
        let order = faults.indices.sorted { (faults[$0].rows.lowerBound, $0) < (faults[$1].rows.lowerBound, $1) }
        for fault in order.map({ faults[$0] }) {
            let channel = channels(of: fault.stream)[fault.channel].name
            bytes.append(contentsOf: "\(streamNames[fault.stream]),\(channel),\(fault.shape.rawValue),".utf8)
            TimestampFormat.append(time(of: fault.rows.lowerBound), fractionDigitCount: digitCount, to: &bytes)
            bytes.append(UInt8(ascii: ","))
            TimestampFormat.append(time(of: fault.rows.upperBound), fractionDigitCount: digitCount, to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
