/// Splits readings into blocks of time and deals the blocks out to folds, so that each reading's error can come from a
/// model that saw neither it nor any window that overlaps its own.
struct CrossFitting: Sendable {
    /// Readings to fit on and others, of which none has a window that overlaps one of those.
    struct Fold {
        /// What to fit on.
        var fitted: [Int] = []
        /// What to measure on.
        var heldOut: [Int] = []
    }

    private let foldCount: Int
    private let blockCount: Int
    private let readingCount: Int
    private let length: Int
    /// For each reading its block, where blocks are streams; empty where they are stretches of time.
    private let members: [Int]

    /// A plan for windows of `length` readings. Blocks are at least four windows long where history allows, and there are
    /// at most twelve: a held-out reading then lies near training in time, as live readings do after a retraining.
    init(readingCount: Int, length: Int, foldCount: Int) {
        self.readingCount = readingCount
        self.length = length
        self.foldCount = foldCount
        members = []
        blockCount = min(max(readingCount / (4 * length), foldCount), 12)
    }

    /// A plan in which each stream is a block, for readings of several streams one behind the other: a held-out reading is one of a
    /// stream that was not fitted.
    init(members: [Int], length: Int, foldCount: Int) {
        readingCount = members.count
        self.length = length
        self.foldCount = foldCount
        self.members = members
        blockCount = foldCount
    }

    private func block(of reading: Int) -> Int {
        members.isEmpty ? reading * blockCount / max(1, readingCount) : members[reading]
    }

    /// Each fold's readings to fit on and to hold out, from those that have a window.
    func folds(of readings: [Int]) -> [Fold] {
        (0..<foldCount).map { fold in
            var result = Fold()
            for reading in readings {
                let (first, last) = (block(of: max(0, reading - length + 1)), block(of: reading))
                if last % foldCount == fold {
                    if first == last { result.heldOut.append(reading) }
                } else if first % foldCount != fold {
                    result.fitted.append(reading)
                }
            }
            return result
        }
    }
}
