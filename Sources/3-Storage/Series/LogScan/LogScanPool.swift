import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The threads that all queries of an engine share. A piece of work that comes back for more goes behind those that wait.
final class LogScanPool: Sendable {
  private struct State {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
    var next = 0
  }
  /// Threads at most, and what one query may have of them.
  let width: Int
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "martlet.series.scan", qos: .userInitiated, attributes: .concurrent)

  init() { width = max(2, min(16, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  func submit(_ work: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.waiting.append(work)
      if state.running >= width { return false }
      state.running += 1
      return true
    }
    if starts { queue.async { self.run() } }
  }

  private func run() {
    while true {
      let work = state.withLock { state -> (@Sendable () -> Void)? in
        guard state.next < state.waiting.count else {
          (state.waiting, state.next) = ([], 0)
          state.running -= 1
          return nil
        }
        state.next += 1
        let work = state.waiting[state.next - 1]
        if state.next >= 1_024 {
          state.waiting.removeFirst(state.next)
          state.next = 0
        }
        return work
      }
      guard let work else { return }
      work()
    }
  }
}
