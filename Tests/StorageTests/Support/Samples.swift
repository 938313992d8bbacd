import AnomalyDetection
import Storage

/// A second of event time in 2023, to count from.
let origin = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

extension Timestamp {
    /// So many seconds after ``origin``.
    static func at(_ seconds: Int) -> Timestamp {
        origin.advanced(byNanoseconds: Int64(seconds) * 1_000_000_000)
    }
}

extension StoreCommit {
    /// A commit that declares streams with the same channels.
    static func declaring(_ names: [String], channels: [String] = ["temperature", "pressure"]) -> StoreCommit {
        var commit = StoreCommit()
        commit.streams = names.enumerated().map { index, name in
            StreamRecord(id: StreamID(index), name: name, channels: channels)
        }
        return commit
    }

    /// Adds a reading.
    mutating func add(
        _ stream: Int = 0, at time: Timestamp, _ values: [Double], score: Float = .nan, modelID: Int64 = 0,
        isAlerting: Bool = false, threshold: Float = .nan, restraint: AlertRestraint? = nil
    ) {
        var row = DetectionOutput.Row(
            stream: StreamID(stream), time: time, valueStart: detection.values.count, valueCount: values.count,
            score: score, modelID: modelID, isAlerting: isAlerting)
        (row.threshold, row.restraint) = (threshold, restraint)
        detection.rows.append(row)
        detection.values.append(contentsOf: values)
    }
}

/// An alert with something in every field.
func sampleAlert(
    _ id: Int64 = 1, stream: Int = 0, from start: Int = 10, resolvedAt end: Int? = nil, modelID: Int64 = 0
) -> Alert {
    Alert(
        id: id, stream: StreamID(stream), startedAt: .at(start), firedAt: .at(start + 3),
        resolvedAt: end.map { .at($0) }, peakScore: 7.5, peakAt: .at(start + 2), threshold: 5.25, isProvisional: true,
        modelID: modelID, shape: .levelShift, unitChange: .times1000,
        contributions: [
            ChannelContribution(
                channel: "temperature", share: 0.75, actual: 93.5, expected: 60.25, lower: 58, upper: 62.5),
            ChannelContribution(
                channel: "pressure", share: 0.25, actual: nil, expected: nil, lower: nil, upper: nil),
        ], clearingThreshold: 2.5, window: WindowLoss(readings: 64, missing: 3), adaptsAt: .at(start + 86_400))
}

/// A training request for the first reading of a stream.
func sampleRequest(stream: Int = 0, seed: UInt64 = 7) -> TrainingRequest {
    TrainingRequest(
        stream: StreamID(stream), reason: .schedule, throughTime: .at(400), throughReading: 400,
        effectiveFromReading: 420, seed: seed)
}

/// A trained model whose blob is one byte over and over.
func sampleModel(_ byte: UInt8 = 1) -> TrainedModel {
    TrainedModel(
        blob: [UInt8](repeating: byte, count: 1_000), summary: "linear window model", trainedFrom: .at(0),
        trainedThrough: .at(400))
}

/// A message about an alert.
func sampleMessage(
    _ id: String, alert: Int64 = 1, to receiver: String = "pager", _ transition: AlertTransition.Kind = .fired,
    dueAt: Timestamp = .at(20)
) -> OutboxEntry {
    OutboxEntry(
        steps: [OutboxEntry.Step(alertID: alert, transition: transition)], webhookID: id, receiver: receiver,
        payload: "{\"id\":\"\(id)\"}", createdAt: .at(15), dueAt: dueAt)
}

/// What is to be told of an alert.
func sampleNotice(
    alert: Int64 = 1, to receiver: String = "pager", _ transition: AlertTransition.Kind = .fired,
    isForDigest: Bool = false
) -> Notice {
    Notice(
        alertID: alert, receiver: receiver, transition: transition, ownID: "msg_\(alert)_\(transition.rawValue)",
        labels: ["stream": "pump"], item: "{}", createdAt: .at(15), isForDigest: isForDigest)
}
