extension StreamDetector {
    /// Adds a reading's live sum, and settles the readings whose last covering reading it is or follows.
    func settle(_ reference: RowReference, sum: Float, evidence: Float, _ output: inout DetectionOutput) {
        guard settling != nil else { return }
        while let (reading, settled) = settling?.takeOldest(settledBy: reference.slot - 1) {
            write(settled, of: reading, &extents, &output)
        }
        settling?.append(
            Settling.Reading(
                number: reference.reading, slot: reference.slot, sum: sum, evidence: evidence,
                row: reference.isLater ? -1 : reference.index))
        while let (reading, settled) = settling?.takeOldest(settledBy: reference.slot) {
            write(settled, of: reading, &extents, &output)
        }
    }

    /// Settles readings that the newest reading has left behind although it has no sum itself.
    func settleDue(_ output: inout DetectionOutput) {
        guard let newest = settling?.newestSlot else { return }
        while let (reading, settled) = settling?.takeOldest(settledBy: newest) {
            write(settled, of: reading, &extents, &output)
        }
    }

    /// Settles all readings with what there is.
    func settleRest(_ output: inout DetectionOutput) {
        while let (reading, settled) = settling?.takeOldest() { write(settled, of: reading, &extents, &output) }
    }

    /// Says what all readings would settle to now, and where that places alerts; all of them go on waiting.
    func settleWaiting(_ output: inout DetectionOutput) {
        denoiseWaiting(&output)
        guard let settling else { return }
        var extents = extents
        for index in 0..<settling.count {
            write(settling.settled(at: index), of: settling[index], &extents, &output)
        }
        // What is left belongs to a stretch that goes on with the newest reading.
        guard let newest = extents.stretch?.last else { return }
        while let alert = extents.takeEnded() { write(alert, at: newest, &output) }
    }

    private func write(
        _ settled: Settling.Settled, of reading: Settling.Reading, _ extents: inout SettledExtents,
        _ output: inout DetectionOutput
    ) {
        guard let settling, let calibration = live?.model.settledCalibration else { return }
        let time = recent.time(of: reading.number)
        // Times of a stream ascend, so a row with this one is this reading's, whichever output it was in.
        let isHere =
            output.rows.indices.contains(reading.row) && output.rows[reading.row].time == time
            && output.rows[reading.row].stream == stream
        output.settled.append(
            DetectionOutput.SettledRow(
                stream: stream, time: time, score: calibration.score(settled.sum), row: isHere ? reading.row : -1))
        extents.settle(at: time, isOver: settled.evidence >= settling.alertLevel)
        while let alert = extents.takeKnown(at: time) { write(alert, at: time, &output) }
    }

    private func write(_ alert: SettledExtents.Followed, at time: Timestamp, _ output: inout DetectionOutput) {
        output.settledAlerts.append(
            DetectionOutput.SettledAlert(
                stream: stream, startedAt: alert.startedAt, settledAt: time,
                extent: alert.extent.map { $0.first...$0.last }))
    }

    // MARK: State

    /// The sums that have to be stored to go on.
    var waitingSums: StreamSnapshot.WaitingSums {
        var waiting = StreamSnapshot.WaitingSums()
        guard let settling, let live, settling.count > 0 else { return waiting }
        waiting.modelID = live.id
        for index in 0..<settling.count {
            // Slots ascend by at least one a reading, so a reading that waits is among the newest `slotCount`.
            waiting.ages.append(UInt8(recent.end - 1 - settling[index].number))
            waiting.sums.append(settling[index].sum)
            waiting.evidence.append(settling[index].evidence)
        }
        return waiting
    }

    /// Takes up stored sums, once the model and the newest readings are there.
    func restore(_ waiting: StreamSnapshot.WaitingSums, of model: LiveModel) {
        guard settling != nil, waiting.modelID == model.id, let oldest = waiting.ages.first else { return }
        let numbers = recent.numbers(through: recent.end - 1, limit: Int(oldest) + 1)
        var next = 0
        for number in numbers {
            let slots =
                number == numbers.lowerBound
                ? 0 : model.model.cadence.slots(from: recent.time(of: number - 1), to: recent.time(of: number))
            guard let slot = settling?.advance(bySlots: slots) else { return }
            let age = recent.end - 1 - number
            while next < waiting.ages.count, Int(waiting.ages[next]) > age { next += 1 }
            if next < waiting.ages.count, Int(waiting.ages[next]) == age {
                settling?.append(
                    Settling.Reading(
                        number: number, slot: slot, sum: waiting.sums[next], evidence: waiting.evidence[next], row: -1))
            }
        }
    }
}
