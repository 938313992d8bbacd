/// How well one series was detected: the order of its scores, and its alerts where scores come with them.
package struct DetectionQuality: Sendable, Equatable {
    /// The order of the scores; nil where all readings are labelled normal, so that there is nothing to put first.
    package var ranking: RankingQuality?
    /// The alerts; nil for scores that raise none.
    package var alerts: AlertQuality?

    /// A quality from its parts.
    package init(ranking: RankingQuality?, alerts: AlertQuality?) {
        self.ranking = ranking
        self.alerts = alerts
    }
}
