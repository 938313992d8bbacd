import Foundation
import Testing

struct InstallationTests {
    @Test func `installing puts the program, the unit, the user and a configuration in their places`() throws {
        let shell = try Shell()
        let result = try shell.run(
            """
            export HARKEN_BINARY="$(command -v harken)"
            deploy/install --root "$PWD/machine"
            (cd machine && find . -type f -printf '%p %m\\n' | sort)
            echo '# mine' > machine/etc/harken/harken.yaml
            deploy/install --root "$PWD/machine"
            cat machine/etc/harken/harken.yaml
            """)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(
            result.output == """
                ./etc/harken/harken.yaml 644
                ./usr/bin/harken 755
                ./usr/lib/systemd/system/harken.service 644
                ./usr/lib/sysusers.d/harken.conf 644
                ./usr/share/doc/harken/README.md 644
                Keeping \(shell.folder.path())/machine/etc/harken/harken.yaml as it is.
                # mine

                """)
    }

    @Test func `the configuration that is installed is valid`() throws {
        let file = Shell.packageRoot.appending(path: "systemd/harken.yaml").path()
        let result = try Shell().run("harken check --config '\(file)'")
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    }
}
