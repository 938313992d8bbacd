import VAE

/// The version that a retraining goes on from: its network, and how it measured the channels that this reads.
package struct Predecessor: Sendable {
    /// The network.
    let window: WindowNetwork
    /// The profile of each channel of the network's windows.
    private let profiles: [ChannelProfile]

    /// What can be carried over from a version; nil where that is nothing: it has no residual path, or its weights are a fleet's, which its
    /// streams share as they are.
    package init?(_ model: StreamModel) {
        guard model.fleet == nil, let window = model.network, window.network.isTrained else { return nil }
        self.window = window
        profiles = window.layout.channels.map { model.profiles[$0] }
    }

    /// Tells this predecessor from any other: the checksum of all that a training takes from it.
    package var checksum: UInt32 {
        // Without the blob's own checksum: bytes with their checksum behind them all have the same.
        var writer = ByteWriter()
        for byte in window.network.blob().dropLast(4) { writer.write(byte) }
        for (channel, profile) in zip(window.layout.channels, profiles) {
            writer.write(channel)
            writer.write(profile.center)
            writer.write(profile.spread)
        }
        return CRC32.checksum(of: writer.bytes.span)
    }

    /// A network in closed form with what the earlier one learned beside it, where the two see the same windows; `profiles` are those of
    /// the stream's channels now.
    func carried(
        to closed: VariationalAutoencoder, layout: WindowLayout, profiles now: [ChannelProfile]
    ) -> VariationalAutoencoder? {
        guard layout == window.layout else { return nil }
        let scalings = zip(layout.channels, profiles).map { channel, before in
            ChannelScaling(
                factor: now[channel].spread / before.spread,
                offset: (now[channel].center - before.center) / before.spread)
        }
        return closed.carrying(window.network, scalings: scalings)
    }
}
