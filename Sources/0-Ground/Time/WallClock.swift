import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the time comes from. Nothing in the lower floors reads the system's time or sleeps except through one of these.
public protocol WallClock: Sendable {
  func now() -> Timestamp
  /// Returns once `now()` has reached the instant, at once if it has; throws CancellationError when the task is cancelled.
  func sleep(until deadline: Timestamp) async throws
}

/// The machine's own clock.
public struct SystemClock: WallClock {
  public init() {}

  public func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }

  public func sleep(until deadline: Timestamp) async throws {
    // Slept in pieces, so that a clock set forward or a machine woken from sleep is noticed within a minute.
    while true {
      let remaining = deadline.microseconds - now().microseconds
      if remaining <= 0 { return }
      try await Task.sleep(for: .microseconds(min(remaining, 60_000_000)), tolerance: .zero)
    }
  }
}

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
  private struct Sleeper {
    var deadline: Timestamp
    var wake: CheckedContinuation<Void, any Error>
  }
  private struct State {
    var now: Timestamp
    var next = 0
    var sleepers: [Int: Sleeper] = [:]
    var cancelled: Set<Int> = []
  }
  private let state: Mutex<State>

  public init(_ start: Timestamp = Timestamp(seconds: 1_767_225_600)) {
    state = Mutex(State(now: start))
  }

  public func now() -> Timestamp { state.withLock { $0.now } }

  /// How many tasks are asleep now.
  public var sleeping: Int { state.withLock { $0.sleepers.count } }

  /// The earliest deadline anybody sleeps for.
  public var nextDeadline: Timestamp? { state.withLock { $0.sleepers.values.map(\.deadline).min() } }

  /// Moves the clock forward and wakes whoever is due. Moving back is allowed and wakes nobody.
  public func advance(by duration: Duration) { advance(to: now() + duration) }

  public func advance(to instant: Timestamp) {
    let due = state.withLock { state -> [Sleeper] in
      state.now = instant
      let ids = state.sleepers.filter { $0.value.deadline <= instant }.sorted { $0.value.deadline < $1.value.deadline }
      for (id, _) in ids { state.sleepers[id] = nil }
      return ids.map(\.value)
    }
    for sleeper in due { sleeper.wake.resume() }
  }

  public func sleep(until deadline: Timestamp) async throws {
    let id = state.withLock { state -> Int in
      state.next += 1
      return state.next
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
        enum Outcome { case waiting, due, cancelled }
        let outcome = state.withLock { state -> Outcome in
          if state.cancelled.remove(id) != nil { return .cancelled }
          if state.now >= deadline { return .due }
          state.sleepers[id] = Sleeper(deadline: deadline, wake: wake)
          return .waiting
        }
        switch outcome {
        case .waiting: break
        case .due: wake.resume()
        case .cancelled: wake.resume(throwing: CancellationError())
        }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        if let sleeper = state.sleepers.removeValue(forKey: id) { return sleeper }
        state.cancelled.insert(id)
        return nil
      }
      sleeper?.wake.resume(throwing: CancellationError())
    }
    _ = state.withLock { $0.cancelled.remove(id) }
  }
}
