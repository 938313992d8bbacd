import ArgumentParser
import Daemon
import Foundation

/// The configuration file of a command: read strictly, with the exit code that says so where it is wrong.
enum CommandConfigurationFile {
    /// EX_CONFIG of sysexits.h.
    private static let configurationError = ExitCode(78)

    /// The configuration of a file, or of the default file, or the defaults.
    static func load(_ path: String?) throws -> Configuration {
        try loadWithPath(path).0
    }

    /// The configuration and the file that it came from.
    static func loadWithPath(_ path: String?) throws -> (Configuration, String?) {
        do {
            let loaded = try Configuration.load(file: path)
            return (loaded.configuration, loaded.file)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw configurationError
        }
    }

    /// A duration such as `5m` in nanoseconds.
    static func nanoseconds(_ text: String) throws -> Int64 {
        guard let duration = DurationText.parse(text), duration > .zero else {
            throw ValidationError("'\(text)' is not a duration; expected a number and a unit, such as 250ms, 1s or 5m")
        }
        return duration.wholeNanoseconds
    }
}
