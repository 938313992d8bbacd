import Foundation
import Testing

struct ReadmeTests {
    /// A fenced block of shell commands, and the line at which it begins.
    private struct Block {
        var line: Int
        var script = ""
    }

    @Test func `every command of the README runs as it is written`() throws {
        let blocks = try shellBlocks()
        #expect(blocks.count >= 8, "the README has lost its commands")
        let shell = try Shell()
        for block in blocks {
            let result = try shell.run(block.script)
            #expect(
                result.exitCode == 0, "README.md:\(block.line)\n\(block.script)\n\(result.output)\n\(result.errors)")
            // What stands below builds on what stands above.
            if result.exitCode != 0 { return }
        }
        #expect(try shell.text(of: "webhook.log").contains("POST / "))
        #expect(try shell.text(of: "faults.csv").split(separator: "\n").count == 8)
        let alerts = try shell.run("sqlite3 plant.db \"select count(*) from alerts where stream = 'pump-1'\"").output
        #expect(alerts != "0\n", "the stuck sensor of the first example was not found")
    }

    private func shellBlocks() throws -> [Block] {
        let readme = Shell.packageRoot.appending(path: "README.md")
        let text = String(decoding: try Data(contentsOf: readme), as: UTF8.self)
        var blocks: [Block] = []
        var open: Block?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line == "```sh" {
                open = Block(line: index + 1)
            } else if line == "```", let block = open {
                blocks.append(block)
                open = nil
            } else {
                open?.script += line + "\n"
            }
        }
        return blocks
    }
}
