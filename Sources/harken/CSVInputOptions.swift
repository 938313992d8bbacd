import AnomalyDetection
import ArgumentParser
import Daemon

/// How commands that read CSV from files are told what is in it, beside the configuration.
struct CSVInputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A column that is not a channel; may be repeated.", valueName: "column"))
    var ignore: [String] = []

    @Option(help: "The regular spacing of readings, such as 1s or 5m. Inferred by default.")
    var interval: String?

    @Option(help: "The column of the time. Found by its name by default.")
    var timeColumn: String?

    @Option(help: "The column of the stream's name. Found by its name by default.")
    var streamColumn: String?

    @Option(
        help: ArgumentHelp(
            """
            The detector: vae, ae, dae, usad, pca, ar or attn. Default: that of the configuration, which is vae where it \
            says nothing.
            """, valueName: "kind"))
    var detector: DetectorKind?

    @Option(help: "The configuration file.")
    var config: String?

    /// What the configuration says of input and detector, with what the options say instead.
    func load() throws -> (csv: CSVOptions, settings: DetectorSettings) {
        let configuration = try CommandConfigurationFile.load(config)
        var csv = configuration.input.csvOptions
        csv.ignoredColumns.formUnion(ignore)
        csv.timeColumn = timeColumn ?? csv.timeColumn
        csv.streamColumn = streamColumn ?? csv.streamColumn
        var settings = configuration.detectorSettings
        if let detector {
            settings.detector = detector
            guard !settings.evidence.isDisjoint(with: detector.evidence) else {
                throw ValidationError(
                    "the configuration's detector.evidence leaves the detector \(detector.rawValue) nothing to look at")
            }
        }
        if let interval { settings.interval = try CommandConfigurationFile.nanoseconds(interval) }
        return (csv, settings)
    }
}

extension DetectorKind: ExpressibleByArgument {}
