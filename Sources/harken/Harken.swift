import ArgumentParser

/// The `harken` command: one file a subcommand.
@main
struct Harken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harken",
        abstract: "Watches sensor streams and says what is not normal, why, and since when.",
        version: "0.1.0",
        subcommands: [
            RunCommand.self, ScoreCommand.self, BacktestCommand.self, FalseAlarmsCommand.self, TrainCommand.self,
            AlertsCommand.self,
            ExplainCommand.self, FeedbackCommand.self, SilenceCommand.self, MaintenanceCommand.self,
            DeliveriesCommand.self, StreamsCommand.self, ModelsCommand.self, SimulateCommand.self, CheckCommand.self,
            BenchmarkCommand.self,
        ])
}
