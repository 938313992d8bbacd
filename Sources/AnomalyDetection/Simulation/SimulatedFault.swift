/// A fault that is injected into one channel of one simulated stream.
package struct SimulatedFault: Sendable, Equatable {
    /// The shapes that can be injected: all but ``FaultShape/unknown``, and what only a rule can tell.
    package static let shapes = FaultShape.allCases.filter { $0 != .unknown && $0 != .outOfRange }

    /// What the fault does to the values.
    package var shape: FaultShape
    /// The stream's place in the plan, from 0.
    package var stream: Int
    /// The channel's place in the stream, from 0.
    package var channel: Int
    /// The affected rows, counted from 0, the first row of the simulation.
    package var rows: Range<Int>
    /// How large the fault is.
    ///
    /// For a spike, a level shift, a drift (at its end) and noise: multiples of the channel's spread, downwards when
    /// negative. For a change of unit: the factor, or nil for the channel's usual one. Stuck and dropout have none.
    package var magnitude: Double?

    /// A fault of this shape and size in these rows.
    package init(shape: FaultShape, stream: Int, channel: Int, rows: Range<Int>, magnitude: Double? = nil) {
        self.shape = shape
        self.stream = stream
        self.channel = channel
        self.rows = rows
        self.magnitude = magnitude
    }
}

extension FaultShape {
    /// The magnitude of a simulated fault for which none is given: clearly larger than noise.
    package var usualMagnitude: Double? {
        switch self {
        case .spike: 12
        case .levelShift: 4
        case .drift: 6
        case .noise: 2
        case .stuck, .dropout, .unitChange, .unknown, .outOfRange: nil
        }
    }

    /// How many rows a simulated fault lasts for which nothing is said.
    package var usualRowCount: Int {
        switch self {
        case .spike: 1
        case .levelShift, .noise, .unitChange, .unknown, .outOfRange: 60
        case .drift: 120
        case .stuck: 90
        case .dropout: 60
        }
    }

    /// Whether a simulated fault of this shape can be larger or smaller.
    var hasMagnitude: Bool {
        switch self {
        case .spike, .levelShift, .drift, .noise, .unitChange: true
        case .stuck, .dropout, .unknown, .outOfRange: false
        }
    }
}
