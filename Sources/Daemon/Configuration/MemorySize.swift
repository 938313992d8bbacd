/// An amount of memory with its unit, such as `256MiB`.
package struct MemorySize: Sendable, Equatable, CustomStringConvertible {
    private static let units: [(name: String, mebibytes: Int)] = [("GiB", 1_024), ("MiB", 1)]

    /// The amount in units of 2²⁰ bytes.
    package var mebibytes: Int

    /// So many units of 2²⁰ bytes.
    package init(mebibytes: Int) {
        self.mebibytes = mebibytes
    }

    /// The amount that a text such as `256MiB` says, or nil where it says none.
    package init?(_ text: String) {
        for unit in Self.units where text.hasSuffix(unit.name) {
            let digits = text.dropLast(unit.name.count)
            guard let count = Int(digits), digits.allSatisfy(\.isNumber), count <= Int.max / 1_024 / 1_048_576 else {
                return nil
            }
            self.init(mebibytes: count * unit.mebibytes)
            return
        }
        return nil
    }

    package var description: String {
        mebibytes > 0 && mebibytes.isMultiple(of: 1_024) ? "\(mebibytes / 1_024)GiB" : "\(mebibytes)MiB"
    }

    /// The amount in bytes.
    package var byteCount: Int { mebibytes * 1_048_576 }
}

extension ConfigurationKind where Value == MemorySize {
    /// An amount of memory within bounds.
    static func memory(in range: ClosedRange<Int>) -> Self {
        let bounds = "from \(MemorySize(mebibytes: range.lowerBound)) to \(MemorySize(mebibytes: range.upperBound))"
        return .text(
            "an amount of memory \(bounds) such as 256MiB",
            parse: { MemorySize($0).flatMap { range.contains($0.mebibytes) ? $0 : nil } }, render: \.description)
    }
}
