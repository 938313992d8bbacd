import VAE

/// The fleets of a detector: who belongs to them, and when their next weights are due.
///
/// It follows readings in the order in which they are accepted, which is the same in one batch and in many. Members and counts
/// follow from the streams, so only the newest request of each fleet has to be stored.
struct FleetRoster: Sendable {
    /// So many members are trained on at most.
    static let trainedMembers = 64

    /// One fleet.
    struct Fleet: Sendable {
        /// Nil for a number that is free: its fleet had asked for nothing yet when the detector was stopped.
        var key: FleetKey?
        /// Its streams, in their order.
        var members: [StreamID] = []
        /// The readings of all members.
        var readings = 0
        /// The version of the weights that were asked for last; 0 before the first.
        var version = 0
        /// The readings of all members when they were.
        var lastReadings = 0
        /// The time of the reading with which they were.
        var lastTime = Timestamp(nanoseconds: 0)
    }

    private(set) var fleets: [Fleet] = []
    private var numbers: [FleetKey: Int] = [:]

    /// Goes on after the newest request of a fleet; before any stream joins.
    mutating func restore(_ request: FleetRequest) {
        while fleets.count <= request.fleet { fleets.append(Fleet()) }
        numbers[request.key] = request.fleet
        fleets[request.fleet] = Fleet(
            key: request.key, version: request.version, lastReadings: request.readings, lastTime: request.time)
    }

    /// The number of a fleet, which is new where it was not met before.
    private mutating func number(of key: FleetKey) -> Int {
        if let number = numbers[key] { return number }
        let number = fleets.firstIndex { $0.key == nil } ?? fleets.count
        if number == fleets.count { fleets.append(Fleet()) }
        fleets[number].key = key
        numbers[key] = number
        return number
    }

    /// Adds a stream with the readings that it has; says the number of its fleet.
    mutating func join(_ stream: StreamID, _ key: FleetKey, readings: Int) -> Int {
        let fleet = number(of: key)
        var place = fleets[fleet].members.count
        // Most streams are met in their order.
        while place > 0, fleets[fleet].members[place - 1] > stream { place -= 1 }
        fleets[fleet].members.insert(stream, at: place)
        fleets[fleet].readings += readings
        return fleet
    }

    /// Counts a reading of a member.
    mutating func count(_ fleet: Int) { fleets[fleet].readings += 1 }

    /// Why new weights are due with a reading of a member that has so many; nil where they are not.
    func dueReason(_ number: Int, memberReadings: Int, time: Timestamp, settings: DetectorSettings)
        -> TrainingRequest.Reason?
    {
        let fleet = fleets[number]
        guard fleet.version > 0 else { return memberReadings >= settings.warmUpReadings ? .warmUp : nil }
        guard let every = settings.retrainEvery else { return nil }
        // What is known of what is normal grows with every reading, until the history of each member is full.
        if fleet.readings >= 2 * fleet.lastReadings,
            fleet.lastReadings < settings.historyReadings * fleet.members.count
        {
            return .growth
        }
        guard settings.retrainsByEventTime, fleet.readings - fleet.lastReadings >= fleet.lastReadings / 4,
            time.nanoseconds(since: fleet.lastTime) >= every
        else { return nil }
        return .schedule
    }

    /// The next request of a fleet; `newest` gives the time of a stream's newest reading.
    mutating func request(
        _ number: Int, reason: TrainingRequest.Reason, time: Timestamp, seed: UInt64,
        newest: (StreamID) -> Timestamp?
    ) -> FleetRequest? {
        guard let key = fleets[number].key else { return nil }
        fleets[number].version += 1
        fleets[number].lastReadings = fleets[number].readings
        fleets[number].lastTime = time
        let fleet = fleets[number]
        let members = fleet.members.evenlySpaced(limit: Self.trainedMembers).compactMap { stream in
            newest(stream).map { FleetRequest.Member(stream: stream, throughTime: $0) }
        }
        // The number depends on which fleet asked first, so it is no part of the seed.
        let own = seed &+ key.hash &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(fleet.version) &* 0xD1B5_4A32_D192_ED03
        return FleetRequest(
            fleet: number, key: key, version: fleet.version, reason: reason, time: time,
            readings: fleet.readings, members: members, seed: own & 0x7FFF_FFFF_FFFF_FFFF)
    }
}

/// The versions of a fleet's weights that were asked for while a member's readings waited to be scored.
struct FleetSightings: Sendable, Equatable {
    /// A version, and the number of the member's first reading after it was asked for.
    struct Sighting: Sendable, Equatable {
        var reading: Int
        var version: Int
    }

    /// Ascending in both; the first is in force.
    private(set) var sightings: [Sighting] = []

    /// Nothing was seen yet.
    init() {}

    /// From what was stored.
    init(_ sightings: [Sighting]) { self.sightings = sightings }

    /// Notes the version as of a reading's acceptance.
    mutating func see(_ version: Int, with reading: Int) {
        guard version > sightings.last?.version ?? 0 else { return }
        sightings.append(Sighting(reading: reading, version: version))
    }

    /// The version that had been asked for when a reading was accepted, 0 where there was none. Readings ascend.
    mutating func version(with reading: Int) -> Int {
        while sightings.count > 1, sightings[1].reading <= reading { sightings.removeFirst() }
        guard let first = sightings.first, first.reading <= reading else { return 0 }
        return first.version
    }
}
