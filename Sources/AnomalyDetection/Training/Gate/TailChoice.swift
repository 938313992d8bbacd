/// Which of a history's newest readings versions are compared on; no candidate is fitted to them.
///
/// It is the newest stretch without an alert, so that neither version is judged on a fault. Where alerts come too often for one that
/// is long enough, as where somebody asks for one a day, the tail goes back over them, and what they cover does not count.
struct TailChoice {
    /// The newest part of the history that is kept from the weights, at most.
    private static let share = 0.2
    /// A tail that goes back over alerts takes at most this part of the history.
    private static let widestShare = 0.5
    /// A comparison needs at least this many readings in the tail. Those before it have settled.
    static let fewestReadings = max(100, Settling.slotCount)

    /// The tail's first reading, and the one behind its last.
    let readings: Range<Int>

    /// Chooses by which readings an alert covers, or something else that leaves them out.
    init(_ isLeftOut: [Bool]) throws(FittingFailure) {
        let end = (isLeftOut.lastIndex(of: false) ?? -1) + 1
        let start = (isLeftOut[..<end].lastIndex(of: true) ?? -1) + 1
        let wanted = Int(Double(end) * Self.share)
        guard wanted >= Self.fewestReadings else {
            throw .shortTail(usable: min(wanted, end - start), needed: Self.fewestReadings)
        }
        if end - start >= Self.fewestReadings {
            readings = max(start, end - wanted)..<end
            return
        }
        var (first, usable) = (end, 0)
        while usable < Self.fewestReadings, first > Int(Double(end) * (1 - Self.widestShare)) {
            first -= 1
            if !isLeftOut[first] { usable += 1 }
        }
        guard usable >= Self.fewestReadings else {
            throw .shortTail(usable: usable, needed: Self.fewestReadings)
        }
        readings = first..<end
    }
}
