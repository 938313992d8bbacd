/// How well scores tell anomalous readings from normal ones, whatever the threshold.
package struct RankingQuality: Sendable, Equatable {
    /// The volume under precision over recall over buffer: the number to look at first.
    package let vusPR: Double
    /// The volume under the receiver's curve over buffer.
    package let vusROC: Double
    /// The area under precision over recall.
    package let aucPR: Double
    /// The area under the receiver's curve.
    package let aucROC: Double

    /// The quality of scores, of which higher means more anomalous. Both kinds of readings must occur.
    ///
    /// A reading without a score (NaN) has the score of the reading before it, and 0 where there is none.
    package init(scores: [Float], events: LabelledEvents, buffer: Int) {
        let filled = Self.filled(scores)
        let volume = VolumeUnderSurface(scores: filled, events: events, buffer: buffer)
        let areas = PrecisionRecall(scores: filled, events: events)
        vusPR = volume.precisionRecall
        vusROC = volume.receiver
        aucPR = areas.area
        aucROC = areas.receiverArea
    }

    private static func filled(_ scores: [Float]) -> [Double] {
        var last = 0.0
        return scores.map { score in
            // No score is infinite; if one were, it still would have to have its place in the order.
            if !score.isNaN { last = Double(min(max(score, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)) }
            return last
        }
    }
}
