import Daemon
import Glibc
import Testing

struct SignalEventsTests {
    @Test func `SIGHUP asks for a reload and SIGUSR1 for training`() async throws {
        let events = await SignalEvents()
        var iterator = events.makeAsyncIterator()
        kill(getpid(), SIGHUP)
        #expect(await iterator.next() == .reload)
        kill(getpid(), SIGUSR1)
        #expect(await iterator.next() == .train)
    }
}
