import ArgumentParser

/// `--limit N` and `--json`, which all commands that list rows have.
struct ListingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 50

    @Flag(help: "Print a JSON array.")
    var json = false

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit is \(limit); it has to be at least 1") }
    }

    /// Prints rows, of which one more than ``limit`` was fetched where there are more: as JSON, or as a table.
    func print<Item, Document: Encodable>(
        _ items: [Item], document: (Item) -> Document, table: ([Item], Terminal) -> [String]
    ) throws {
        let shown = Array(items.prefix(limit))
        if json {
            Swift.print(try JSONOutput.text(shown.map(document)))
        } else {
            table(shown, .standardOutput).forEach { Swift.print($0) }
            if items.count > limit { Swift.print("… and older ones; see more with --limit") }
        }
    }
}
