/// A pattern of `*`, `?` and `[...]` that names are matched with, as SQLite's GLOB does it.
///
/// `[a-c]` is one of a set, `[^a-c]` one that is not of it; a bracket that is not closed matches nothing.
package struct GlobPattern: Sendable, Hashable {
    /// The pattern as somebody wrote it.
    package let text: String
    private let scalars: [Unicode.Scalar]

    /// A pattern.
    package init(_ text: String) {
        self.text = text
        scalars = Array(text.unicodeScalars)
    }

    /// The pattern that every name matches.
    package static let everything = GlobPattern("*")

    /// Whether a name matches as a whole.
    package func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (place, position) = (0, 0)
        // After the newest star: where the pattern goes on, and how much of the name the star has taken so far.
        var retry: (place: Int, position: Int)?
        while position < name.count {
            if place < scalars.count, scalars[place] == "*" {
                place += 1
                retry = (place, position)
            } else if let next = step(place, name[position]) {
                place = next
                position += 1
            } else if let last = retry {
                retry = (last.place, last.position + 1)
                (place, position) = (last.place, last.position + 1)
            } else {
                return false
            }
        }
        return scalars[place...].allSatisfy { $0 == "*" }
    }

    /// The place in the pattern behind what takes this character; nil where it does not.
    private func step(_ place: Int, _ character: Unicode.Scalar) -> Int? {
        guard place < scalars.count else { return nil }
        switch scalars[place] {
        case "?": return place + 1
        case "[": return stepOverSet(place, character)
        case character: return place + 1
        default: return nil
        }
    }

    private func stepOverSet(_ start: Int, _ character: Unicode.Scalar) -> Int? {
        var place = start + 1
        let isInverted = place < scalars.count && scalars[place] == "^"
        if isInverted { place += 1 }
        var isMember = false
        // A bracket that comes first is one of the set.
        var isFirst = true
        while place < scalars.count, scalars[place] != "]" || isFirst {
            isFirst = false
            if place + 2 < scalars.count, scalars[place + 1] == "-", scalars[place + 2] != "]" {
                if scalars[place] <= character, character <= scalars[place + 2] { isMember = true }
                place += 3
            } else {
                if scalars[place] == character { isMember = true }
                place += 1
            }
        }
        return place < scalars.count && isMember != isInverted ? place + 1 : nil
    }
}
