/// Which readings of a history are learned from, by their alerts and by what was said of them.
package struct TrainingSelection {
    /// For each reading why it is left out; nil where it is learned from.
    private(set) var reasons: [TrainingExclusion.Reason?]
    /// The readings that were called normal.
    package private(set) var labelledNormal: [Int] = []
    /// How many alerts that nothing was said of were taken for normal, for they came again and again.
    package private(set) var recurringCount = 0
    private let times: [Timestamp]

    /// Selects by alerts and labels. What was labelled counts more than alerts, and maintenance more than anything. Alerts that come
    /// again and again beyond the budget are taken for normal; without a budget none are.
    package init(_ history: TrainingHistory, labels: TrainingLabels, budget: FalseAlarmBudget?) {
        times = history.times
        reasons = history.isAlerting.map { $0 ? .alerted : nil }
        for stretch in labels.normal { clearRuns(in: stretch) }
        for stretch in labels.confirmed { mark(stretch, .confirmed) }
        for stretch in labels.maintenance { mark(stretch, .maintenance) }
        guard let budget else { return }
        let recurring = RecurringAlerts(history, reasons: reasons, budget: budget).ranges
        recurringCount = recurring.count
        for reading in recurring.joined() {
            reasons[reading] = nil
            labelledNormal.append(reading)
        }
    }

    /// Puts into a history which of its readings are left out. What was called normal stays so, whatever it settled to, and with it
    /// the readings on either side whose settled scores it is part of: an alert begins late, and a reading that is left out takes
    /// the windows along that have it in them.
    package func apply(to history: inout TrainingHistory) {
        history.isAlerting = isExcluded
        guard !history.settledScores.isEmpty else { return }
        var isNormal = [Bool](repeating: false, count: history.count)
        for reading in labelledNormal { isNormal[reading] = true }
        for run in LabelledEvents.runs(of: isNormal) {
            let (first, last) = (run.lowerBound - Settling.slotCount, run.upperBound + Settling.slotCount)
            for near in max(0, first)...min(last, history.count - 1) { history.settledScores[near] = .nan }
        }
    }

    /// For each reading whether it is left out.
    var isExcluded: [Bool] { reasons.map { $0 != nil } }

    /// The entries of the ledger.
    package var exclusions: [TrainingExclusion] { TrainingExclusion.stretches(of: reasons, at: times) }

    /// How many readings are left out for what they are; not those that are held out to compare versions on, or only lack a
    /// window of their own.
    var excludedCount: Int { reasons.count { $0.map { $0.isUnlearned || $0 == .oldNormal } ?? false } }

    /// Gives readings that are not left out yet a reason to be.
    mutating func leaveOut(_ readings: some Sequence<Int>, _ reason: TrainingExclusion.Reason) {
        for reading in readings where reasons[reading] == nil { reasons[reading] = reason }
    }

    /// Gives readings from `first` on that are not left out the reason for which they were passed over, where there is one.
    mutating func note(_ passedOver: [TrainingExclusion.Reason?], from first: Int) {
        for (index, reason) in passedOver.enumerated() where reasons[first + index] == nil {
            reasons[first + index] = reason
        }
    }

    /// An alert's readings are flagged from before it fired until it was clear that it had ended, so the whole runs are cleared
    /// that the stretch touches.
    private mutating func clearRuns(in stretch: ClosedRange<Timestamp>) {
        let within = indices(of: stretch)
        var reading = within.lowerBound
        while reading > 0, reasons.indices.contains(reading), reasons[reading] == .alerted,
            reasons[reading - 1] == .alerted
        {
            reading -= 1
        }
        while reading < reasons.count, reading < within.upperBound || reasons[reading] == .alerted {
            if reasons[reading] == .alerted { reasons[reading] = nil }
            labelledNormal.append(reading)
            reading += 1
        }
    }

    private mutating func mark(_ stretch: ClosedRange<Timestamp>, _ reason: TrainingExclusion.Reason) {
        for reading in indices(of: stretch) { reasons[reading] = reason }
    }

    private func indices(of stretch: ClosedRange<Timestamp>) -> Range<Int> {
        let first = times.firstIndex { $0 >= stretch.lowerBound } ?? times.count
        let end = times[first...].firstIndex { $0 > stretch.upperBound } ?? times.count
        return first..<end
    }
}
