extension ByteReader {
    /// Reads a network's parameters, of which there must be `count`, all finite.
    mutating func readParameters(count: Int) throws(BlobFailure) -> [Float] {
        let start = offset
        let parameters = try readFloats("parameters")
        guard parameters.count == count else {
            throw .unexpected(
                value: "count of parameters", offset: start, found: "\(parameters.count)",
                expected: "\(count) for the shape")
        }
        if let index = parameters.firstIndex(where: { !$0.isFinite }) {
            throw .unexpected(
                value: "parameter \(index)", offset: start + 4 + 4 * index, found: "\(parameters[index])",
                expected: "a finite number")
        }
        return parameters
    }
}
