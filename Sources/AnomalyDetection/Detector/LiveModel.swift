/// A model version that scores, with the number under which it is stored.
package struct LiveModel: Sendable {
    /// The number in the database; positive.
    package var id: Int64
    /// The model.
    package var model: StreamModel

    /// A stored model.
    package init(id: Int64, model: StreamModel) {
        self.id = id
        self.model = model
    }
}

/// The end of a training that was asked for.
package struct TrainingResult: Sendable {
    /// The request.
    package var request: TrainingRequest
    /// The promoted candidate; nil when it was rejected or there was none.
    package var promoted: LiveModel?
    /// Why there is no promoted candidate, for `streams`; empty where there is one.
    package var reason: String
    /// The version that the candidate was compared with, 0 for none; nil where it may take over from any. Another one may be live by
    /// the time the result comes, which the candidate has not beaten.
    package var comparedWith: Int64?
    /// What became of normal with the training.
    package var baseline: BaselineFinding?

    /// A result.
    package init(
        request: TrainingRequest, promoted: LiveModel?, reason: String = "", comparedWith: Int64? = nil,
        baseline: BaselineFinding? = nil
    ) {
        self.request = request
        self.promoted = promoted
        self.reason = reason
        self.comparedWith = comparedWith
        self.baseline = baseline
    }
}
