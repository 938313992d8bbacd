/// What a user may set about detection; the defaults are right for most streams.
package struct DetectorSettings: Sendable, Equatable {
    /// Readings that a stream needs before its first model is fitted.
    package var warmUpReadings = 400
    /// The distance of readings in nanoseconds; nil infers it from each stream's readings.
    package var interval: Int64?
    /// The detector that is fitted.
    package var detector = DetectorKind.vae
    /// The kinds of evidence in use, of those that the detector has.
    package var evidence = Set(EvidenceKind.allCases)
    /// The false alarms that may occur in each stream.
    package var falseAlarms = FalseAlarmBudget.standard
    /// So many readings in a row must lie over the threshold before an alert fires.
    package var holdReadings = 6
    /// After so many readings below the clearing threshold an alert resolves.
    package var keepFiringReadings = 128
    /// Nanoseconds after an alert's last reading over the clearing threshold within which it is not resolved, and fires on when
    /// scores are over the threshold for the hold again: a quick stream that comes and goes raises one alert.
    package var coolDown: Int64 = 15 * 60 * 1_000_000_000
    /// Nanoseconds by the wall clock that are waited, beyond three of a stream's usual times between arrivals, before its
    /// silence is an alert; nil never alerts of silence.
    package var silenceHold: Int64? = 60 * 1_000_000_000
    /// Nanoseconds for which an alert has fired when what it is about counts as the new normal; nil never adapts.
    package var adaptAfter: Int64? = 24 * 3_600 * 1_000_000_000
    /// Nanoseconds between trainings of a stream; nil never retrains.
    package var retrainEvery: Int64? = 6 * 3_600 * 1_000_000_000
    /// Whether ``retrainEvery`` follows the readings' time. Otherwise the daemon's clock asks for trainings.
    package var retrainsByEventTime = true
    /// At most so many of the newest readings are trained on.
    package var historyReadings = 20_000
    /// At most so many readings of all streams wait for a model that is in training; beyond it streams go on with what
    /// they have.
    package var heldReadingLimit = 65_536
    /// The seed from which every training's seed is derived.
    package var seed: UInt64 = 0

    /// The variational autoencoder is fitted from this many readings on: with fewer it was measured to cost accuracy.
    package static let autoencoderReadings = 1_000
    /// A stream is trained again with this many readings, of which the newest fifth is held out, and then whenever its
    /// history has doubled. It is the fewest with which a candidate has the autoencoder.
    package static let growthReadings = 1_280
    /// A candidate takes over this many readings after its training was asked for, so that it is the same reading
    /// whether training was quick or slow.
    package static let takeOverLag = 256

    /// The defaults.
    package init() {}
}
