import Synchronization

/// What was found damaged, each place told once.
final class LogDamage: Sendable {
  /// In a value of its own: a function right inside a `Mutex` is wrapped once more with every look at it.
  private struct Follower {
    let follow: @Sendable (SeriesFault) -> Void
  }
  private struct State {
    var known: Set<SeriesFault> = []
    var first: [SeriesFault] = []
    var follower: Follower?
  }
  private static let most = 1_000
  private let state = Mutex(State())

  func report(_ fault: SeriesFault) {
    let follower = state.withLock { state -> Follower? in
      guard state.known.count < Self.most, state.known.insert(fault).inserted else { return nil }
      state.first.append(fault)
      return state.follower
    }
    follower?.follow(fault)
  }

  /// Tells of a fault that may go away.
  func tell(_ fault: SeriesFault) { state.withLock { $0.follower }?.follow(fault) }

  /// Names who is told; also of what was found before.
  func follow(_ follow: @escaping @Sendable (SeriesFault) -> Void) {
    let before = state.withLock { state in
      state.follower = Follower(follow: follow)
      return state.first
    }
    for fault in before { follow(fault) }
  }

  /// The first that were found, as many as somebody reads.
  var some: [SeriesFault] { state.withLock { Array($0.first.prefix(20)) } }

  var latest: SeriesFault? { state.withLock { $0.first.last } }
}
