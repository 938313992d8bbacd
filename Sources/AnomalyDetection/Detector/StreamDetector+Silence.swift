/// When a stream that used to report falls silent, and when it reports again.
extension StreamDetector {
    /// So many of the usual times between arrivals may pass without one.
    private static let missedArrivals = 3.0

    /// What was a false alarm may last this many times as long without being one.
    private static let silenceFactor = 1.25

    /// Nanoseconds without anything of the stream after which it counts as silent; nil while its rhythm is not known.
    func silenceLimit(_ settings: DetectorSettings) -> Double? {
        guard let live, arrivals.usualGap > 0, let hold = settings.silenceHold else { return nil }
        let usual = max(arrivals.usualGap, Double(live.model.cadence.interval))
        return max(Self.missedArrivals * usual, Self.silenceFactor * Double(usualSilence)) + Double(hold)
    }

    /// Notes that something of the stream arrived. The time of a silence says nothing of the rhythm.
    ///
    /// What comes in one batch comes at one moment, which counts once.
    func noteArrival(at time: Timestamp) {
        guard arrivals.lastArrival != time else { return }
        arrivals.arrive(at: time, counts: silence == nil)
    }

    /// Raises an alert where nothing came for too long by the wall clock; returns whether it did.
    func checkSilence(
        at now: Timestamp, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) -> Bool {
        guard silence == nil, let live, let newestTime, let lastArrival = arrivals.lastArrival,
            let limit = silenceLimit(surroundings.settings)
        else { return false }
        let quiet = now.nanoseconds(since: lastArrival)
        guard Double(quiet) > limit else { return false }
        // In the stream's own time, it began when the next reading was due. That reading may come late and begin an alert of its
        // own, and alerts of a stream are known by their beginnings, so this one begins right behind it.
        let due = newestTime.advanced(byNanoseconds: live.model.cadence.interval + 1)
        let noticed = max(due, newestTime.advanced(byNanoseconds: quiet))
        let alert = Alert(
            id: 0, stream: stream, kind: .noData, startedAt: due, firedAt: noticed, peakScore: 0, peakAt: noticed,
            threshold: 0, isProvisional: false, modelID: live.id, shape: .dropout)
        silence = alert
        append(AlertTransition(kind: .fired, alert: alert), reading: output.rows.count, &output, &surroundings)
        return true
    }

    /// Learns which silences are none: those that somebody called a false alarm, or the normal of today. Ends the alert of such a
    /// one that lasts; how long it lasts is known when it is over.
    func takeSilences(
        _ verdicts: [AlertVerdict], _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) -> Bool {
        let excused = verdicts.filter { $0.alert.kind == .noData && $0.verdict != .confirmed }
        usualSilence = excused.compactMap { $0.alert.resolvedAt?.nanoseconds(since: $0.alert.startedAt) }.max() ?? 0
        guard var alert = silence, alert.resolvedAt == nil, excused.contains(where: { $0.alert.id == alert.id })
        else { return false }
        alert.resolvedAt = alert.firedAt
        silence = alert
        append(AlertTransition(kind: .resolved, alert: alert), reading: output.rows.count, &output, &surroundings)
        return true
    }

    /// Ends the alert of a silence with the first reading that comes again.
    func endSilence(
        at time: Timestamp, reading: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        guard var alert = silence else { return }
        // Nobody is told again of the end of one that was excused before; but it was as long as this.
        let isExcused = alert.resolvedAt != nil
        alert.resolvedAt = max(time, alert.firedAt)
        silence = nil
        if isExcused { usualSilence = max(usualSilence, time.nanoseconds(since: alert.startedAt)) }
        append(
            AlertTransition(kind: isExcused ? .updated : .resolved, alert: alert), reading: reading, &output,
            &surroundings)
    }
}
