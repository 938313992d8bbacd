import AnomalyDetection
import Daemon

/// What `harken backtest` has to say of all files.
struct BacktestReport {
    /// A stream of a file with its measurement.
    struct Entry {
        /// The file as it was named on the command line.
        let file: String
        let stream: String
        let result: BacktestResult
    }

    /// A file, or a stream of it, that could not be measured.
    struct Failure {
        let file: String
        /// The stream; nil where it is the file as a whole.
        let stream: String?
        let failure: BacktestFailure
    }

    /// What was measured, in the order of the files.
    var entries: [Entry] = []
    /// What was not.
    var failures: [Failure] = []
    /// The false alarms that the configuration allows.
    let budget: AnomalyDetection.FalseAlarmBudget

    init(budget: AnomalyDetection.FalseAlarmBudget) {
        self.budget = budget
    }

    /// The entries that have labels.
    var labelled: [(entry: Entry, quality: BacktestResult.Labelled)] {
        entries.compactMap { entry in
            if case .labelled(let quality) = entry.result.measure { (entry, quality) } else { nil }
        }
    }

    /// The entries that have none.
    var unlabelled: [(entry: Entry, numbers: BacktestResult.Unlabelled)] {
        entries.compactMap { entry in
            if case .unlabelled(let numbers) = entry.result.measure { (entry, numbers) } else { nil }
        }
    }

    /// The live numbers of each labelled stream.
    var live: [QualityNumbers] { labelled.map { QualityNumbers($0.quality.live) } }

    /// The settled numbers of each labelled stream that has them.
    var settled: [QualityNumbers] { labelled.compactMap { $0.quality.settled.map(QualityNumbers.init) } }

    /// The mean over the labelled streams for each budget that was tried.
    var curve: [(budget: AnomalyDetection.FalseAlarmBudget, mean: QualityNumbers)] {
        guard let first = labelled.first else { return [] }
        return first.quality.curve.enumerated().map { index, point in
            (point.budget, .mean(of: labelled.map { QualityNumbers($0.quality.curve[index].alerts) }))
        }
    }
}

extension AnomalyDetection.FalseAlarmBudget {
    /// The false alarms that the budget allows in 30 days.
    var countInThirtyDays: Double { count * Double(Self.standard.period) / Double(period) }
}
