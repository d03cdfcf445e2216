import JSON
import Store
import Time
import Wire

/// Instants that passed without being given to a target, to be written down.
package struct PassedRuns: Codable, Sendable {
  package var owner: RunOwner
  package var timing: ScheduleTiming
  package var passed: RunPlan.Passed
  /// When it was found that they had passed.
  package var at: Timestamp

  package init(_ owner: RunOwner, _ timing: ScheduleTiming, _ passed: RunPlan.Passed, at: Timestamp) {
    self.owner = owner
    self.timing = timing
    self.passed = passed
    self.at = at
  }
}

/// Writes down what is left of a long absence, some hundred instants in a transaction, so that nobody waits for it.
package struct AccountRuns<Home: Room>: Worker {
  package static var queue: String { "\(Home.identity.id).account-runs" }
  package static var concurrency: Int { 2 }

  package static func run(_ task: AgendaTask, _ work: Work<Home>) async throws {
    let passed = try work.payload(PassedRuns.self)
    try await work.finish { call in
      guard try call.transaction.row(passed.owner.kind, passed.owner.key, in: call.partition) != nil else { return }
      if let rest = try RunLedger.pass(passed, limit: 500, call) { try call.schedule(rest, for: queue) }
    }
  }
}

/// Removes what is left of a deleted schedule's runs, some hundred in a transaction.
package struct ForgetRuns<Home: Room>: Worker {
  package struct Forgotten: Codable, Sendable {
    var owner: RunOwner
    var through: Timestamp
  }
  package static var queue: String { "\(Home.identity.id).forget-runs" }
  package static var concurrency: Int { 2 }

  package static func run(_ task: AgendaTask, _ work: Work<Home>) async throws {
    let forgotten = try work.payload(Forgotten.self)
    try await work.finish { try RunLedger.forget(forgotten, limit: 500, $0) }
  }
}
