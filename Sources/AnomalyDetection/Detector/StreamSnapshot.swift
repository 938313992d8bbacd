/// What has to be stored of a stream, beside its readings and alerts, to go on as if nothing had happened.
package struct StreamSnapshot: Sendable, Equatable {
    var processedCount: Int
    /// Readings that wait for a model; they are the stream's newest stored ones.
    package var heldCount: Int
    var channelCount: Int
    var machine: AlertStateMachine
    var openAlert: Alert?
    var context: [Float]
    var schedule: TrainingSchedule
}

extension StreamSnapshot {
    /// The snapshot of a stream of which nothing was stored but readings.
    package init(settings: DetectorSettings) {
        self.init(
            processedCount: 0, heldCount: 0, channelCount: 0, machine: AlertStateMachine(), openAlert: nil, context: [],
            schedule: TrainingSchedule(firstTrainingReading: settings.warmUpReadings))
    }

    /// The snapshot of a stream that is scored with a finished model and never trained.
    package static func scoringOnly(channelCount: Int) -> StreamSnapshot {
        StreamSnapshot(
            processedCount: 0, heldCount: 0, channelCount: channelCount, machine: AlertStateMachine(), openAlert: nil,
            context: [], schedule: TrainingSchedule(firstTrainingReading: .max, lastReading: .max / 2))
    }
}
