package import AnomalyDetection

/// One model version of a stream, with all that is known of it but its weights.
package struct StoredModel: Sendable, Equatable {
    /// What a version is there for.
    package enum Status: String, Sendable, Codable {
        /// It won, and scores once its effective reading has come.
        case scheduled
        /// It scores.
        case live
        /// It scored, or was to score, until another one won.
        case superseded
        /// It lost against the live version.
        case rejected
    }

    /// Unique within the database; what readings and alerts refer to.
    package var id: Int64
    /// The stream.
    package var stream: StreamID
    /// The stream's name.
    package var streamName: String
    /// Counts the stream's models, from 1.
    package var version: Int
    /// What it is there for.
    package var status: Status
    /// When its training was finished, by the wall clock.
    package var createdAt: Timestamp
    /// The oldest reading that it was trained on.
    package var trainedFrom: Timestamp
    /// The newest reading that it was trained on.
    package var trainedThrough: Timestamp
    /// The number of the first reading that it scores, counted from 0.
    package var effectiveFromReading: Int
    /// The seed of all randomness in its training.
    package var seed: UInt64
    /// What its training chose and why, for people: a line a choice.
    package var summary: String
    /// The size of what is stored of it alone: weights, normalizer and calibration, or what is its own beside its fleet's weights.
    package var byteCount: Int
    /// When it was taken back because it broke its false-alarm budget on its first day, by the wall clock.
    package var withdrawnAt: Timestamp?
    /// Where the weights are that it shares with other streams; nil where they are its own.
    package var fleetModelID: Int64?
    /// The glob of the fleet; nil where the weights are its own.
    package var fleetPattern: String?
}

/// A model that came out of a training and is to be stored.
package struct TrainedModel: Sendable, Equatable {
    /// Weights, normalizer and calibration.
    package var blob: [UInt8]
    /// What its training chose and why, for people: a line a choice, such as `interval: 1 s, inferred`.
    package var summary: String
    /// The oldest reading that it was trained on.
    package var trainedFrom: Timestamp
    /// The newest reading that it was trained on.
    package var trainedThrough: Timestamp
    /// Where the weights are that it shares with other streams; nil where they are in ``blob``.
    package var fleetModelID: Int64?

    /// A trained model.
    package init(
        blob: [UInt8], summary: String, trainedFrom: Timestamp, trainedThrough: Timestamp, fleetModelID: Int64? = nil
    ) {
        self.blob = blob
        self.summary = summary
        self.trainedFrom = trainedFrom
        self.trainedThrough = trainedThrough
        self.fleetModelID = fleetModelID
    }
}
