import Execution
import Synchronization
import Time

/// An execution engine whose attempts do what a test says.
package final class PlayedExecution: Execution {
  private struct State {
    var started: [Attempt] = []
    var stopped: [String] = []
    var released: [String] = []
    var known: Set<String> = []
    var failure: ExecutionFault?
  }
  private let state = Mutex(State())
  private let events: AsyncStream<(ExecutionEvent, CheckedContinuation<Void, Never>)>
  private let continuation: AsyncStream<(ExecutionEvent, CheckedContinuation<Void, Never>)>.Continuation
  private let clock: any WallClock
  package let capacity = ExecutionCapacity(cpus: 4, memoryMiB: 8_192)

  package init(clock: any WallClock) {
    self.clock = clock
    (events, continuation) = AsyncStream.makeStream()
  }

  package var started: [Attempt] { state.withLock { $0.started } }
  package var stopped: [String] { state.withLock { $0.stopped } }
  package var released: [String] { state.withLock { $0.released } }
  /// Makes every start fail from now on, or work again.
  package func fail(_ fault: ExecutionFault?) { state.withLock { $0.failure = fault } }

  package func start(_ attempt: Attempt) async throws(ExecutionFault) {
    let failure = state.withLock { state in
      if let failure = state.failure { return Optional(failure) }
      if state.known.insert(attempt.id).inserted { state.started.append(attempt) }
      return nil
    }
    if let failure { throw failure }
  }
  package func stop(_ id: String, grace: Duration) async { state.withLock { $0.stopped.append(id) } }
  package func release(_ id: String) async {
    state.withLock { state in
      state.known.remove(id)
      state.released.append(id)
    }
  }
  package func running() async -> [String] { state.withLock { $0.known.sorted() } }
  package func knows(_ id: String) async -> Bool { state.withLock { $0.known.contains(id) } }
  package func shutdown(stopJobs: Bool) async { continuation.finish() }

  package func run(deliver: @escaping @Sendable (ExecutionEvent) async throws -> Void) async throws {
    for await (event, done) in events {
      do { try await deliver(event) } catch {
        done.resume()
        throw error
      }
      done.resume()
    }
  }

  /// Delivers an event and returns when it has been taken in.
  package func play(_ event: ExecutionEvent) async {
    await withCheckedContinuation { _ = continuation.yield((event, $0)) }
  }

  /// The attempt runs and ends with the code.
  package func finish(_ id: String, code: Int32, lines: [String] = []) async {
    let now = clock.now()
    await play(.started(id: id, pid: 1, at: now))
    if !lines.isEmpty { await play(.output(id: id, lines: lines.map { OutputLine(at: now, text: $0) })) }
    await play(
      .exited(id: id, ExitReport(at: now, startedAt: now, reason: .exited(code: code), peakMemoryBytes: 1 << 20, cpuSeconds: 0.5)))
  }

  /// Waits until as many attempts have been started.
  package func waitForStarts(_ count: Int) async {
    for _ in 0..<5_000 where started.count < count { try? await Task.sleep(for: .milliseconds(1)) }
  }
}
