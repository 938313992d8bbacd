import AnomalyDetection
import Daemon
import Storage
import Testing

struct IngestLossLedgerTests {
    private let time = Timestamp(nanoseconds: 5)

    @Test func `losses are counted by input and reason, and the first sample is kept`() {
        let ledger = IngestLossLedger()
        #expect(ledger.add(2, reason: "bad_number", source: "stdin"))
        #expect(!ledger.add(1, reason: "bad_number", source: "stdin", sample: "a"))
        #expect(!ledger.add(1, reason: "bad_number", source: "stdin", sample: "b"))
        #expect(ledger.add(4, reason: "bad_number", source: "udp a"))
        #expect(!ledger.add(0, reason: "queue_full", source: "udp a"))
        #expect(
            ledger.drain(at: time) == [
                IngestLoss(time: time, source: "stdin", reason: "bad_number", count: 4, sample: "a"),
                IngestLoss(time: time, source: "udp a", reason: "bad_number", count: 4),
            ])
        #expect(ledger.drain(at: time).isEmpty)
    }

    @Test func `counts that could not be stored are put back`() {
        let ledger = IngestLossLedger()
        ledger.add(2, reason: "bad_number", source: "stdin", sample: "a")
        let taken = ledger.drain(at: time)
        ledger.add(3, reason: "bad_number", source: "stdin", sample: "b")
        ledger.putBack(taken)
        #expect(ledger.drain(at: time).map(\.count) == [5])
    }
}
