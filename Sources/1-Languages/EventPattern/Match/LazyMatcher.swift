import Synchronization

/// The matcher of a single pattern, made when it is first asked for: most patterns are only added to the matcher of a bus.
final class LazyMatcher: Sendable {
  private let made = Mutex<RuleMatcher<Bool>?>(nil)

  func matcher(for pattern: EventPattern) -> RuleMatcher<Bool> {
    made.withLock { made in
      if let made { return made }
      let matcher = RuleMatcher<Bool>()
      matcher.add(true, pattern)
      made = matcher
      return matcher
    }
  }
}
