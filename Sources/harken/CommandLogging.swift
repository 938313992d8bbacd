import Daemon
import Logging

/// Messages of the daemon: to standard error, which systemd keeps in its journal.
enum CommandLogging {
    /// Sets logging up and gives the logger.
    static func start(level: Configuration.Log.Level) -> Logger {
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "harken")
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }
}
