/// Wakes one waiting task; a signal while nobody waits is kept for the next wait, and several are one.
package final class Wakeup: Sendable {
    private struct State {
        var isSignaled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    /// A wakeup without a signal.
    package init() {}

    /// Ends the wait that is going on, or else the next one at once.
    package func signal() {
        let waiter = state.withLock { state in
            state.isSignaled = state.waiter == nil
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits for a signal, for at most `limit`, or until the task is canceled.
    package func wait(atMost limit: Duration?) async {
        guard let limit else { return await wait() }
        guard limit > .zero else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait() }
            // A canceled sleep is one that is not needed any more.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isSignaled || Task.isCancelled {
                        state.isSignaled = false
                        return true
                    }
                    precondition(state.waiter == nil, "one task waits for a wakeup, and it is waiting already")
                    state.waiter = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiter.take() }
            waiter?.resume()
        }
    }
}
