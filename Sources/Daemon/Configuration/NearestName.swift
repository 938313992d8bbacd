/// Finds the known name that somebody probably meant.
package enum NearestName {
    /// The known name that takes the fewest edits to reach, or nil where every one is too far to be a slip.
    ///
    /// An edit is a letter added, left out, replaced, or swapped with its neighbor. One slip in three letters is the
    /// limit:
    /// beyond that a suggestion misleads more often than it helps.
    package static func nearest(to name: String, in known: [String]) -> String? {
        let limit = max(1, min(name.count / 3, 4))
        var best: (name: String, distance: Int)?
        for candidate in known {
            let distance = editDistance(Array(normalized(name)), Array(normalized(candidate)))
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `Hold-Readings` and `hold_readings` are the same slip-free name in another habit of writing.
    private static func normalized(_ name: String) -> String {
        String(name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
    }

    /// The optimal string alignment distance.
    private static func editDistance(_ from: [Character], _ to: [Character]) -> Int {
        var beforeLast = [Int](repeating: 0, count: to.count + 1)
        var last = Array(0...to.count)
        for (row, character) in from.enumerated() {
            var current = [Int](repeating: row + 1, count: to.count + 1)
            for (column, other) in to.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (character == other ? 0 : 1))
                if row > 0, column > 0, character == to[column - 1], from[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current[column + 1] = cost
            }
            beforeLast = last
            last = current
        }
        return last[to.count]
    }
}
