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

    /// A result.
    package init(request: TrainingRequest, promoted: LiveModel?, reason: String = "") {
        self.request = request
        self.promoted = promoted
        self.reason = reason
    }
}
