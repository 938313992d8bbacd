/// Which streams share weights: those whose names match one entry of the configuration, and that have the same channels.
package struct FleetKey: Hashable, Sendable {
    /// The entry's glob.
    package var pattern: String
    /// The names of the channels, in the streams' order.
    package var channels: [String]

    /// A kind of stream.
    package init(pattern: String, channels: [String]) {
        self.pattern = pattern
        self.channels = channels
    }

    /// A number that tells kinds apart, the same in every run (FNV-1a).
    var hash: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for name in [pattern] + channels {
            for byte in Array(name.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        }
        return hash
    }
}

/// The weights of a fleet that a member's training uses: those of this version, or where it has none, of the last before it.
package struct FleetReference: Sendable, Equatable {
    /// The fleet's number, from 0.
    package var fleet: Int
    /// The version that was asked for by then.
    package var version: Int

    /// A reference.
    package init(fleet: Int, version: Int) {
        self.fleet = fleet
        self.version = version
    }
}

/// Asks for new weights of a fleet.
///
/// It names readings, not moments, so the same readings give the same weights, whenever the training is carried out.
package struct FleetRequest: Sendable, Equatable {
    /// A stream to train on, and the newest of its readings that may be used.
    package struct Member: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The time of its newest reading.
        package var throughTime: Timestamp
    }

    /// The fleet's number, from 0.
    package var fleet: Int
    /// Which streams it is of.
    package var key: FleetKey
    /// The version that the weights will have.
    package var version: Int
    /// Why.
    package var reason: TrainingRequest.Reason
    /// The time of the reading with which it was asked for.
    package var time: Timestamp
    /// The readings that all members had by then.
    package var readings: Int
    /// The streams to train on, in their order: some of the members.
    package var members: [Member]
    /// The seed of all randomness in the training.
    package var seed: UInt64

    /// A request.
    package init(
        fleet: Int, key: FleetKey, version: Int, reason: TrainingRequest.Reason, time: Timestamp, readings: Int,
        members: [Member], seed: UInt64
    ) {
        self.fleet = fleet
        self.key = key
        self.version = version
        self.reason = reason
        self.time = time
        self.readings = readings
        self.members = members
        self.seed = seed
    }
}
