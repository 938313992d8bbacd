/// How well scores order anomalous readings before normal ones, reading by reading.
package struct PrecisionRecall: Sendable, Equatable {
    /// The area under precision over recall (average precision): each step of recall times the precision at it.
    package let area: Double
    /// The area under true positive rate over false positive rate.
    package let receiverArea: Double

    /// The areas for scores, of which higher means more anomalous; readings of equal scores are flagged together.
    ///
    /// Both kinds of readings must occur.
    package init(scores: [Double], events: LabelledEvents) {
        precondition(
            scores.count == events.labels.count, "\(scores.count) scores for \(events.labels.count) labelled readings")
        precondition(events.canMeasure, "readings of one kind only have no areas")
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        let (positives, negatives) = (Double(events.anomalousCount), Double(events.normalCount))
        var (found, flagged) = (0.0, 0.0)
        var (lastRecall, lastFalseRate) = (0.0, 0.0)
        var (area, receiverArea) = (0.0, 0.0)
        for (place, index) in order.enumerated() {
            flagged += 1
            if events.labels[index] { found += 1 }
            let isLastOfTie = place + 1 == order.count || scores[order[place + 1]] != scores[index]
            guard isLastOfTie else { continue }
            let recall = found / positives
            let falseRate = (flagged - found) / negatives
            area += (recall - lastRecall) * found / flagged
            receiverArea += (falseRate - lastFalseRate) * (recall + lastRecall) / 2
            (lastRecall, lastFalseRate) = (recall, falseRate)
        }
        self.area = area
        self.receiverArea = receiverArea
    }
}
