import RealModule

/// One version beside another on the same held-out tail, measure by measure: where it is worse, and where it is better.
///
/// A difference that is smaller than what honest versions differ by is no difference. What that is was measured on 34 labelled
/// series, with a live version of the first third of the normal beginning and a candidate of two thirds
/// (`HARKEN_GATE_STUDY=1 swift test -c release --filter GateStudyTests` prints it).
struct VersionComparison {
    /// What is compared.
    enum Measure: CaseIterable {
        case error, alerts, exceedances, likelihood, calibration, faults, shapes, calledNormal, experience
    }

    /// The measures that tell of gains, what says most first. The error is not among them: a network leaves out a
    /// share of what it has seen, so whoever has seen less has less of it.
    private static let gainful: [Measure] = [
        .calledNormal, .likelihood, .alerts, .faults, .shapes, .calibration, .exceedances, .experience,
    ]

    /// The error on the tail may be this much larger: less than training's own noise.
    private static let errorTolerance = 1.05
    /// The same against a young version where the candidate is not: what fits a few hours closely has not met the rest of
    /// the day. On simulated machines with daily cycles it was up to 1.5 times as large.
    private static let agedErrorTolerance = 2.0
    /// And it may be larger by this share of a channel's variance: whoever has seen more of what is normal spends the same dimensions
    /// on more. It is a share of the version's own variance. Without it 9 of 34 honest candidates on real streams were refused for
    /// errors of a few hundredths of the variance.
    private static let errorShare = 0.05
    /// A value may be so much less likely: as if noise were taken for a fifth larger than it is. A smaller difference, as
    /// a larger one, counts only beyond two of its standard errors.
    private static let likelihoodTolerance = 0.2
    /// The distance of the scores on the tail from what they mean may be larger by the distance that two samples of so many
    /// independent scores keep with a probability of 95 % (Kolmogorov and Smirnov), at least by this. Windows overlap, so one score
    /// in ``Settling/slotCount`` counts as independent.
    private static let leastCalibrationTolerance = 0.2
    /// That probability's factor.
    private static let distanceFactor = 1.36
    /// The share of tail readings over the threshold may be this much larger, and a quarter more: a provisional threshold is a
    /// level that one normal reading in a hundred exceeds, and exceedances come together.
    private static let (exceedanceTolerance, exceedanceFactor) = (0.04, 1.25)
    /// With more alerts than the opponent, the share of tail readings under an alert, in runs over the threshold as long as the
    /// hold, may be this much larger.
    private static let alarmTolerance = 0.01
    /// Both may be larger by so many times the share of readings that lies over the threshold for the sake of alerts that were asked
    /// for: readings over it come together, so a tail has many of them or none.
    private static let askedFactor = 2.0
    /// With no more alerts than the opponent they may last longer by this share: one alert is one alert.
    private static let lastingTolerance = 0.1
    /// The share of injected faults found may be this much smaller: three of 28 copies. Who knows more of what is normal finds
    /// less of it odd, and a channel that stands still or is missing for half a window lies at the edge of what is found. Twice as
    /// much smaller where the opponent exceeds its threshold, or alerts, more often on what is normal.
    private static let detectionTolerance = 0.125
    /// The same for one shape, of which there are four copies: one of them must be left.
    private static let shapeTolerance = 0.75
    /// Who knows so many times as many readings knows more of what is normal.
    private static let experienceFactor = 1.25
    /// A smaller gain than these is none: a hundredth of a unit of likelihood, and of calibration what a tail of a few
    /// independent windows cannot tell from chance.
    private static let (likelihoodGain, calibrationGain) = (0.01, 0.1)
    /// Of the readings that people called normal at least so many, as a share, have to have come below the threshold.
    private static let calledNormalGain = 0.1

    /// What speaks against the version, as sentences without a subject.
    private(set) var objections: [Measure: String] = [:]
    /// What it is better in, in a few words.
    private(set) var gains: [Measure: String] = [:]
    /// The likelihoods on the values that both forecast.
    let likelihood: ForecastLikelihood.Difference

    private let name: String

    /// The first objection about one of these measures, in their order; nil where nothing speaks against the version.
    func firstObjection(among measures: some Sequence<Measure> = Measure.allCases) -> String? {
        let wanted = Set(measures)
        return Measure.allCases.lazy.filter { wanted.contains($0) }.compactMap { objections[$0] }.first
    }

    /// The measures in which the version is behind its opponent, by however little.
    let trailing: Set<Measure>

    /// The gain that says most; nil where the version is better in nothing.
    var firstGain: String? { Self.gainful.lazy.compactMap { gains[$0] }.first }

    /// Compares a version with an opponent, which `name` says in words. `isAged` says that the version has seen the days that the
    /// opponent has not; `comparesErrors` that the errors of both mean the same.
    init(
        _ own: VersionMeasures, with other: VersionMeasures, called name: String, isAged: Bool = false,
        comparesErrors: Bool = true
    ) {
        self.name = name
        let likelihood = own.likelihood.difference(from: other.likelihood)
        var trailing: Set<Measure> = []
        if own.error > other.error { trailing.insert(.error) }
        if own.alerting > other.alerting { trailing.insert(.alerts) }
        if own.overThreshold > other.overThreshold { trailing.insert(.exceedances) }
        if likelihood.mean < 0 { trailing.insert(.likelihood) }
        if own.calibrationError > other.calibrationError { trailing.insert(.calibration) }
        if own.foundShare < other.foundShare { trailing.insert(.faults) }
        if InjectedFaults.shapes.contains(where: { own.foundCount(of: $0) < other.foundCount(of: $0) }) {
            trailing.insert(.shapes)
        }
        self.trailing = trailing
        self.likelihood = likelihood
        if comparesErrors {
            compareErrors(own, other, isAged ? Self.agedErrorTolerance : Self.errorTolerance)
        }
        compareAlarms(own, other)
        compareLikelihoods()
        compareCalibrations(own, other)
        compareFaults(own, other)
        if own.calledNormalOver < other.calledNormalOver - Self.calledNormalGain {
            gains[.calledNormal] =
                "exceeds its threshold on \(rounded(own.calledNormalOver)) of the readings that were called normal, not on "
                + "\(rounded(other.calledNormalOver))"
        }
        if Double(own.trainedReadings) >= Self.experienceFactor * Double(other.trainedReadings)
            || (other.isProvisional && !own.isProvisional)
        {
            gains[.experience] = "knows \(own.trainedReadings) readings, not \(other.trainedReadings)"
        }
    }

    private mutating func compareErrors(_ own: VersionMeasures, _ other: VersionMeasures, _ tolerance: Double) {
        if own.error > other.error * tolerance + Self.errorShare * max(1, own.variance) {
            objections[.error] =
                "rebuilds the held-out tail worse than \(name): \(rounded(own.error)) against \(rounded(other.error))"
        }
    }

    private mutating func compareAlarms(_ own: VersionMeasures, _ other: VersionMeasures) {
        // Who asks for many alerts has a threshold that normal readings exceed: that they do is no objection.
        let tolerance = max(
            own.alerts > other.alerts ? Self.alarmTolerance : Self.lastingTolerance, Self.askedFactor * own.askedOver)
        if own.alerting > other.alerting + tolerance {
            objections[.alerts] =
                "would alert on more of the held-out tail than \(name): \(own.alerts) against \(other.alerts) alerts on "
                + "\(rounded(own.alerting)) against \(rounded(other.alerting)) of its readings"
        } else if own.alerts < other.alerts, own.alerting < other.alerting {
            gains[.alerts] = "raises fewer alerts on the tail (\(own.alerts) against \(other.alerts))"
        }
        if own.overThreshold
            > Self.exceedanceFactor * other.overThreshold
            + max(Self.exceedanceTolerance, Self.askedFactor * own.askedOver)
        {
            objections[.exceedances] =
                "exceeds its threshold on the held-out tail more often than \(name): "
                + "\(rounded(own.overThreshold)) against \(rounded(other.overThreshold)) of readings"
        } else if own.overThreshold < other.overThreshold - Self.exceedanceTolerance {
            gains[.exceedances] = "exceeds its threshold less often"
        }
    }

    private mutating func compareLikelihoods() {
        let mean = likelihood.mean
        if mean < -Self.likelihoodTolerance, mean < -2 * likelihood.error {
            objections[.likelihood] =
                "forecasts the held-out tail worse than \(name): a log-likelihood of "
                + "\(rounded(likelihood.own)) against \(rounded(likelihood.other)) a value"
        } else if mean > max(Self.likelihoodGain, likelihood.error) {
            gains[.likelihood] =
                "forecasts the tail better (a log-likelihood of \(rounded(likelihood.own)) against "
                + "\(rounded(likelihood.other)) a value)"
        }
    }

    private mutating func compareCalibrations(_ own: VersionMeasures, _ other: VersionMeasures) {
        let independent = Double(max(1, own.scoredReadings / Settling.slotCount))
        let tolerance = max(
            Self.leastCalibrationTolerance, Self.distanceFactor * (2 / independent).squareRoot())
        let (mine, others) = (own.calibrationError, other.calibrationError)
        if mine > others + tolerance {
            objections[.calibration] =
                "has scores on the held-out tail that mean less than those of \(name): they are off by "
                + "\(rounded(mine)) against \(rounded(others))"
        } else if mine < others - Self.calibrationGain {
            gains[.calibration] = "has scores that mean more (off by \(rounded(mine)) against \(rounded(others)))"
        }
    }

    private mutating func compareFaults(_ own: VersionMeasures, _ other: VersionMeasures) {
        // A threshold that normal readings exceed finds more of anything.
        let isQuieter = gains[.alerts] != nil || gains[.exceedances] != nil
        let tolerance = isQuieter ? 2 * Self.detectionTolerance : Self.detectionTolerance
        if own.foundShare < other.foundShare - tolerance {
            objections[.faults] =
                "finds fewer injected faults than \(name): \(rounded(own.foundShare)) against \(rounded(other.foundShare))"
        } else if own.foundShare > other.foundShare {
            gains[.faults] =
                "finds more injected faults (\(rounded(own.foundShare)) against \(rounded(other.foundShare)))"
        }
        for shape in InjectedFaults.shapes {
            let (mine, others) = (own.foundCount(of: shape), other.foundCount(of: shape))
            let all = own.faults.count(of: shape, in: own.found).all
            if Double(mine) < Double(others) - Self.shapeTolerance * Double(all) {
                objections[.shapes] =
                    "finds fewer faults of the shape \(shape.rawValue) than \(name): "
                    + "\(mine) against \(others) of \(all)"
            } else if mine > others {
                gains[.shapes] = "finds more faults of the shape \(shape.rawValue)"
            }
        }
    }
}
