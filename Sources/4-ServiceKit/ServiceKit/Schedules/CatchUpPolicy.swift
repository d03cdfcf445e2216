import JSON
import Store
import Time

/// What becomes of instants that came due while the server did not run.
package struct CatchUpPolicy: Codable, Sendable, Equatable {
  package enum Mode: String, Codable, Sendable, CaseIterable {
    /// None of them fires: they end as skipped.
    case skip = "SKIP"
    /// The latest fires, late; those before it end as missed.
    case latest = "LATEST"
    /// The latest ones up to the cap fire, oldest first; those before them end as missed.
    case all = "ALL"
  }
  package var mode: Mode
  /// The most instants that fire after one absence; counts for `all` only.
  package var cap: Int

  package static let standard = CatchUpPolicy(.latest)
  package static let caps = 1...10_000

  package init(_ mode: Mode, cap: Int = 100) {
    self.mode = mode
    self.cap = cap
  }
}

/// The policy of one schedule or rule, or the account's default: a resource of its own, so that AWS's shapes stay what they are.
package struct CatchUpSetting: Resource {
  package static let kind = "servicekit.catch-up"
  /// Under which the default of the account and region is kept.
  package static let standardKey = "default"
  /// The owner's resource, as `schedule/default/nightly`.
  package var key: String
  package var policy: CatchUpPolicy

  package init(key: String, policy: CatchUpPolicy) {
    self.key = key
    self.policy = policy
  }
}

extension Transaction {
  /// The policy that holds for a schedule or rule: its own, the account's default, or the latest.
  package func catchUpPolicy(of owner: RunOwner, in partition: Partition) throws -> CatchUpPolicy {
    try get(CatchUpSetting.self, owner.resource, in: partition)?.policy
      ?? get(CatchUpSetting.self, CatchUpSetting.standardKey, in: partition)?.policy ?? .standard
  }
}
