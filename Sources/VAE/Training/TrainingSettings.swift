/// How a network is trained. The defaults are the sizes that worked on the labelled series.
package struct TrainingSettings: Sendable, Equatable {
    /// The number of optimizer steps, if nothing ends the training early.
    package var stepCount = 2_500
    /// The number of windows that each step draws, with replacement.
    package var windowsPerStep = 128
    /// The weight β of the divergence from the prior: 1 is the evidence lower bound, 0 makes a plain autoencoder, for which nothing is
    /// drawn.
    package var beta: Float = 1
    /// The deviation of the noise that the encoder sees on top of its window, in units of each channel's own deviation.
    package var inputNoise: Float = 0.1
    /// The highest learning rate of the one cycle.
    package var peakLearningRate = 1e-3
    /// The share of the steps in which the rate rises to its peak; in the rest it falls. Both follow a cosine.
    package var warmUpShare = 0.1
    /// The rate begins at its peak divided by this (PyTorch's `div_factor`).
    package var initialDivisor = 25.0
    /// The rate ends at its beginning divided by this (PyTorch's `final_div_factor`).
    package var finalDivisor = 1e4
    /// A gradient whose norm over all parameters is larger is scaled down to it.
    package var gradientNormLimit = 1.0
    /// The share of the windows, at their end, that is held out to see when to stop. 0 holds out none, and so does a
    /// share that would come to fewer than ``heldOutMinimum`` windows: the last weights are then the result.
    package var heldOutShare = 0.0
    /// The number of windows that are left out between those to train on and those held out; a window's length less one
    /// keeps windows from sharing readings across the border.
    package var heldOutGap = 0
    /// No more windows are held out to look at; of a longer tail they are taken evenly.
    package var heldOutLimit = 2_048
    /// The number of steps between two looks at the held-out windows.
    package var checkInterval = 100
    /// Training stops after this many looks in a row that found no better weights.
    package var patience = 5

    /// So few held-out windows say too little to stop by.
    package static let heldOutMinimum = 32

    /// The defaults.
    package init() {}
}
