package import VAE

/// The network of a model and the windows that it sees.
package struct WindowNetwork: Sendable, Equatable {
    /// The windows.
    package let layout: WindowLayout
    /// The variational autoencoder of these windows.
    package let network: VariationalAutoencoder

    /// A network of windows of the layout.
    package init(layout: WindowLayout, network: VariationalAutoencoder) {
        precondition(
            network.shape.slotCount == layout.length && network.shape.channelCount == layout.channels.count,
            "the network does not fit windows of \(layout.width) cells")
        self.layout = layout
        self.network = network
    }

    /// Runs the windows of a block through the network, into the scratch's pass.
    package func run(_ windows: WindowBlock, scratch: inout EvidenceScratch) {
        scratch.use(network.shape)
        scratch.pass?.run(
            network, on: windows.values.span.extracting(0..<(windows.count * layout.width)), count: windows.count)
    }
}
