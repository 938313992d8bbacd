package import VAE

/// A snapshot as bytes: the magic `HKSTATE`, a version byte, the fields in order, and a CRC-32.
extension StreamSnapshot {
    private static let magic: StaticString = "HKSTATE"
    /// Snapshots of earlier versions belong to models that no program reads any more.
    private static let version: UInt8 = 6

    /// The snapshot's bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter(magic: Self.magic)
        writer.write(Self.version)
        writer.write(processedCount)
        writer.write(heldCount)
        writer.write(channelCount)
        writer.write(context)
        writeMachine(&writer)
        writer.write(openAlert != nil)
        if let openAlert { Self.write(openAlert, &writer) }
        writer.write(schedule.firstTrainingReading)
        writer.write(schedule.lastReading)
        Self.write(schedule.lastTime, &writer)
        writer.write(schedule.pending != nil)
        if let pending = schedule.pending { Self.write(pending, &writer) }
        writer.write(waitingSums.modelID)
        writer.write(waitingSums.ages)
        writer.write(waitingSums.sums)
        Self.write(extents, &writer)
        writer.write(calibration != nil)
        if let calibration {
            writer.write(calibration.modelID)
            calibration.calibration.encode(into: &writer)
        }
        writer.write(silence != nil)
        if let silence { Self.write(silence, &writer) }
        writer.write(usualGap)
        writer.write(schedule.nextAdaptation)
        Self.write(adaptingSince, &writer)
        Self.write(control, &writer)
        writer.write(slowContext ?? .nan)
        writer.write(machine.exceedances.count)
        for time in machine.exceedances { writer.write(time.nanoseconds) }
        writer.write(schedule.owesNewNormal)
        writer.write(movedBaseline != nil)
        if let movedBaseline {
            Self.write(movedBaseline, &writer)
            Self.write(movedBaseline.movedSince, &writer)
        }
        writer.write(drift != nil)
        if let drift {
            writer.write(drift.modelID)
            drift.counts.encode(into: &writer)
        }
        for alert in [openAlert, silence] { if let alert { Self.writeAdditions(to: alert, &writer) } }
        Self.write(tenure, &writer)
        Self.write(schedule.pending?.rollback, &writer)
        writer.write(range.alert != nil)
        if let alert = range.alert { Self.write(alert, &writer) }
        writer.write(range.lastOutside.nanoseconds)
        writer.write(range.insideCount)
        writer.write(schedule.pending?.fleet?.fleet ?? -1)
        writer.write(schedule.pending?.fleet?.version ?? 0)
        writer.write(fleetSightings.sightings.count)
        for sighting in fleetSightings.sightings {
            writer.write(sighting.reading)
            writer.write(sighting.version)
        }
        writer.write(ruleHold != nil)
        if let ruleHold { Self.write(ruleHold, &writer) }
        writer.write(heldEvidence.meanCube)
        writer.write(waitingSums.evidence)
        return writer.sealed()
    }

    /// The snapshot that these bytes are. Throws where they were cut short or altered.
    package init(decoding bytes: [UInt8]) throws(BlobFailure) {
        var reader = try ByteReader(sealed: bytes, magic: Self.magic)
        _ = try reader.expect(Self.version...Self.version)
        processedCount = try reader.readInt("count of readings")
        heldCount = try reader.readInt("count of waiting readings", in: 0...Int.max)
        channelCount = try reader.readInt("count of channels", in: 0...StreamTable.channelLimit)
        context = try reader.readFloats("context")
        machine = try Self.readMachine(&reader)
        openAlert = try reader.readBool("open alert") ? try Self.readAlert(&reader) : nil
        schedule = TrainingSchedule(firstTrainingReading: try reader.readInt("first training"))
        schedule.lastReading = try reader.readInt("last training")
        schedule.lastTime = try Self.readTime(&reader)
        schedule.pending = try reader.readBool("pending training") ? try Self.readRequest(&reader) : nil
        waitingSums = try Self.readWaitingSums(&reader)
        extents = try Self.readExtents(&reader)
        if try reader.readBool("live calibration") {
            calibration = MovedCalibration(
                modelID: try reader.readInt64("model of the calibration"),
                calibration: try LiveCalibration(decodingFrom: &reader))
        }
        silence = try reader.readBool("silence") ? try Self.readAlert(&reader) : nil
        silence?.kind = .noData
        usualGap = try reader.readDouble("usual gap")
        guard usualGap >= 0, usualGap.isFinite else {
            throw reader.failure("usual gap", expected: "a number of nanoseconds")
        }
        schedule.nextAdaptation = try reader.readInt("next adaptation")
        adaptingSince = try Self.readTime(&reader)
        control = try Self.readControl(&reader)
        let mean = try reader.readFloat("mean of the last hour")
        slowContext = mean.isNaN ? nil : mean
        machine = AlertStateMachine(state: machine.state, exceedances: try Self.readExceedances(&reader))
        schedule.owesNewNormal = try reader.readBool("what is owed")
        if try reader.readBool("normal that has moved") {
            movedBaseline = try Self.readAlert(&reader)
            movedBaseline?.kind = .baselineDrift
            movedBaseline?.movedSince = try Self.readTime(&reader)
        }
        if try reader.readBool("counts of a drift") {
            drift = Drift(
                modelID: try reader.readInt64("model of the counts"),
                counts: try ScoreDrift.Counts(decodingFrom: &reader))
        }
        if var alert = openAlert {
            try Self.readAdditions(to: &alert, &reader)
            openAlert = alert
        }
        if var alert = silence {
            try Self.readAdditions(to: &alert, &reader)
            silence = alert
        }
        tenure = try Self.readTenure(&reader)
        let rollback = try Self.readRollback(&reader)
        schedule.pending?.rollback = rollback
        range.alert = try reader.readBool("alert of values that cannot be") ? try Self.readAlert(&reader) : nil
        range.lastOutside = Timestamp(nanoseconds: try reader.readInt64("time"))
        range.insideCount = try reader.readInt("count of possible readings", in: 0...Int.max)
        try readFleet(&reader)
        ruleHold = try reader.readBool("what a rule holds back") ? try Self.readRuleHold(&reader) : nil
        let meanCube = try reader.readFloat("held evidence")
        guard meanCube >= 0, meanCube.isFinite else {
            throw reader.failure("held evidence", expected: "a finite number, not negative")
        }
        heldEvidence.meanCube = meanCube
        waitingSums.evidence = try reader.readFloats("evidence of waiting readings")
        guard waitingSums.evidence.count == waitingSums.sums.count else {
            throw reader.failure("evidence of waiting readings", expected: "\(waitingSums.sums.count)")
        }
        try reader.finish()
    }

    private mutating func readFleet(_ reader: inout ByteReader) throws(BlobFailure) {
        let fleet = try reader.readInt("fleet", in: -1...Int.max)
        let version = try reader.readInt("version of the fleet", in: 0...Int.max)
        if fleet >= 0 { schedule.pending?.fleet = FleetReference(fleet: fleet, version: version) }
        var sightings: [FleetSightings.Sighting] = []
        for _ in 0..<(try reader.readInt("count of versions", in: 0...65_536)) {
            let reading = try reader.readInt("reading", in: 0...Int.max)
            sightings.append(
                FleetSightings.Sighting(
                    reading: reading, version: try reader.readInt("version of the fleet", in: 1...Int.max)))
        }
        fleetSightings = FleetSightings(sightings)
    }

    private static func write(_ hold: DetectionOutput.RuleHold, _ writer: inout ByteWriter) {
        writer.write(hold.stream.index)
        writer.write(hold.startedAt.nanoseconds)
        writer.write(hold.through.nanoseconds)
        writer.write(hold.channel)
        writer.write(hold.rule)
        writer.write(hold.peakScore)
    }

    private static func readRuleHold(_ reader: inout ByteReader) throws(BlobFailure) -> DetectionOutput.RuleHold {
        DetectionOutput.RuleHold(
            stream: StreamID(try reader.readInt("stream", in: 0...Int.max)),
            startedAt: Timestamp(nanoseconds: try reader.readInt64("time")),
            through: Timestamp(nanoseconds: try reader.readInt64("time")), channel: try reader.readString("channel"),
            rule: try reader.readString("rule"), peakScore: try reader.readDouble("peak"))
    }

    private static func write(_ control: AlarmRateControl, _ writer: inout ByteWriter) {
        writer.write(control.logFactor)
        writer.write(control.meanStep)
        writer.write(control.level)
        writer.write(control.peak)
        writer.write(control.recent.count)
        for step in control.recent {
            writer.write(step.startedAt.nanoseconds)
            writer.write(step.size)
        }
    }

    private static func readControl(_ reader: inout ByteReader) throws(BlobFailure) -> AlarmRateControl {
        var control = AlarmRateControl()
        control.logFactor = try reader.readDouble("factor of the level")
        control.meanStep = try reader.readDouble("mean step of the level")
        guard AlarmRateControl.bounds.contains(control.logFactor), AlarmRateControl.steps.contains(control.meanStep)
        else {
            throw reader.failure(
                "factor and step of the level", expected: "\(AlarmRateControl.bounds) and \(AlarmRateControl.steps)")
        }
        control.level = try reader.readFloat("level of the alert")
        control.peak = try reader.readFloat("peak of the alert")
        for _ in 0..<(try reader.readInt("count of steps", in: 0...AlarmRateControl.rememberedAlerts)) {
            let startedAt = Timestamp(nanoseconds: try reader.readInt64("time"))
            control.recent.append(AlarmRateControl.Step(startedAt: startedAt, size: try reader.readDouble("step")))
        }
        guard control.level.isFinite, control.peak.isFinite, control.recent.allSatisfy({ $0.size.isFinite }) else {
            throw reader.failure("level of the alert", expected: "finite numbers")
        }
        return control
    }

    private static func write(_ extents: SettledExtents, _ writer: inout ByteWriter) {
        write(extents.stretch, &writer)
        writer.write(extents.followed.count)
        for alert in extents.followed {
            writer.write(alert.startedAt.nanoseconds)
            write(alert.endedAt, &writer)
            write(alert.extent, &writer)
        }
    }

    private static func readExtents(_ reader: inout ByteReader) throws(BlobFailure) -> SettledExtents {
        var extents = SettledExtents()
        extents.stretch = try readStretch(&reader)
        for _ in 0..<(try reader.readInt("count of followed alerts", in: 0...65_536)) {
            let startedAt = Timestamp(nanoseconds: try reader.readInt64("time"))
            let endedAt = try readTime(&reader)
            extents.followed.append(
                SettledExtents.Followed(startedAt: startedAt, endedAt: endedAt, extent: try readStretch(&reader)))
        }
        return extents
    }

    private static func write(_ stretch: SettledExtents.Stretch?, _ writer: inout ByteWriter) {
        write(stretch?.first, &writer)
        if let stretch { writer.write(stretch.last.nanoseconds) }
    }

    private static func readStretch(_ reader: inout ByteReader) throws(BlobFailure) -> SettledExtents.Stretch? {
        guard let first = try readTime(&reader) else { return nil }
        let last = Timestamp(nanoseconds: try reader.readInt64("time"))
        guard first <= last else { throw reader.failure("stretch", expected: "one that ends after it begins") }
        return SettledExtents.Stretch(first: first, last: last)
    }

    private static func readWaitingSums(_ reader: inout ByteReader) throws(BlobFailure) -> WaitingSums {
        let waiting = WaitingSums(
            modelID: try reader.readInt64("model of waiting sums"), ages: try reader.readBytes("ages of waiting sums"),
            sums: try reader.readFloats("waiting sums"))
        let isDescending = zip(waiting.ages, waiting.ages.dropFirst()).allSatisfy { $0 > $1 }
        guard waiting.ages.count == waiting.sums.count, isDescending, waiting.ages.first ?? 0 < Settling.slotCount
        else {
            throw reader.failure("waiting sums", expected: "one an age, ages descending below \(Settling.slotCount)")
        }
        return waiting
    }

    static func write(_ time: Timestamp?, _ writer: inout ByteWriter) {
        writer.write(time != nil)
        if let time { writer.write(time.nanoseconds) }
    }

    static func readTime(_ reader: inout ByteReader) throws(BlobFailure) -> Timestamp? {
        try reader.readBool("presence of a time") ? Timestamp(nanoseconds: try reader.readInt64("time")) : nil
    }

    private func writeMachine(_ writer: inout ByteWriter) {
        switch machine.state {
        case .inactive:
            writer.write(UInt8(0))
        case .pending(let since):
            writer.write(UInt8(1))
            writer.write(since.nanoseconds)
        case .firing(let since, let lastExceeding):
            writer.write(UInt8(2))
            writer.write(since.nanoseconds)
            writer.write(lastExceeding.nanoseconds)
        case .cooling(let since, let lastExceeding, let returning):
            writer.write(UInt8(3))
            writer.write(since.nanoseconds)
            writer.write(lastExceeding.nanoseconds)
            Self.write(returning, &writer)
        }
    }

    private static func readMachine(_ reader: inout ByteReader) throws(BlobFailure) -> AlertStateMachine {
        switch try reader.readUInt8("alert state") {
        case 0: return AlertStateMachine()
        case 1: return AlertStateMachine(state: .pending(since: Timestamp(nanoseconds: try reader.readInt64("time"))))
        case 2:
            let since = Timestamp(nanoseconds: try reader.readInt64("time"))
            let lastExceeding = Timestamp(nanoseconds: try reader.readInt64("time"))
            return AlertStateMachine(state: .firing(since: since, lastExceeding: lastExceeding))
        case 3:
            let since = Timestamp(nanoseconds: try reader.readInt64("time"))
            let lastExceeding = Timestamp(nanoseconds: try reader.readInt64("time"))
            return AlertStateMachine(
                state: .cooling(since: since, lastExceeding: lastExceeding, returning: try readTime(&reader)))
        default: throw reader.failure("alert state", expected: "0 to 3")
        }
    }

    private static func readExceedances(_ reader: inout ByteReader) throws(BlobFailure) -> [Timestamp] {
        var times: [Timestamp] = []
        for _ in 0..<(try reader.readInt("count of readings over the threshold", in: 0...DetectorSettings.longestHold))
        {
            times.append(Timestamp(nanoseconds: try reader.readInt64("time")))
        }
        return times
    }

    private static func write(_ request: TrainingRequest, _ writer: inout ByteWriter) {
        writer.write(request.stream.index)
        writer.write(request.reason.rawValue)
        writer.write(request.throughTime.nanoseconds)
        writer.write(request.throughReading)
        writer.write(request.effectiveFromReading)
        writer.write(request.seed)
    }

    private static func readRequest(_ reader: inout ByteReader) throws(BlobFailure) -> TrainingRequest {
        let stream = StreamID(try reader.readInt("stream", in: 0...Int.max))
        guard let reason = TrainingRequest.Reason(rawValue: try reader.readString("reason")) else {
            throw reader.failure("reason", expected: "a reason for training")
        }
        return TrainingRequest(
            stream: stream, reason: reason, throughTime: Timestamp(nanoseconds: try reader.readInt64("time")),
            throughReading: try reader.readInt("reading"),
            effectiveFromReading: try reader.readInt("effective reading"),
            seed: try reader.readUInt64("seed"))
    }
}
