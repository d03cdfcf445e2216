import Time

/// A span of due instants, both ends included.
package struct RunSpan: Codable, Sendable, Equatable {
  package var first: Timestamp
  package var last: Timestamp

  package init(_ first: Timestamp, _ last: Timestamp) {
    self.first = first
    self.last = last
  }
}

/// What is to be done when a schedule's timer rings. A pure decision: the same standing and policy always give the same plan.
package struct RunPlan: Sendable, Equatable {
  /// Instants that are not given to the target, and why.
  package struct Passed: Codable, Sendable, Equatable {
    package var span: RunSpan
    package var outcome: ScheduledRun.Outcome
    package var reason: String

    package init(_ span: RunSpan, _ outcome: ScheduledRun.Outcome, _ reason: String) {
      self.span = span
      self.outcome = outcome
      self.reason = reason
    }
  }

  /// Given to its target now.
  package var fire: Timestamp?
  /// Given to the target one after the other, oldest first.
  package var catchUp: RunSpan?
  package var passed: Passed?
  /// The instant the timer is set to next; nil when there is none more.
  package var next: Timestamp?

  /// An instant that leaves no later than this after its time counts as given in time by the policy `skip`: AWS's own precision.
  package static let grace = Duration.seconds(60)

  /// - Parameters:
  ///   - due: the first instant that nothing has been done for.
  ///   - place: how far into its flexible window an instant is called.
  ///   - policy: asked for only where an instant is late or has been overtaken by another.
  package init(
    due: Timestamp, now: Timestamp, policy: @autoclosure () throws -> CatchUpPolicy, calendar: ScheduleCalendar,
    place: (Timestamp) -> Duration
  ) rethrows {
    guard due <= now else {
      next = due
      return
    }
    let latest = max(due, calendar.previous(before: now + .microseconds(1)) ?? due)
    // The latest may have its place in the window before it; those before it have none left.
    let isEarly = latest + place(latest) > now
    next = isEarly ? latest : calendar.next(after: latest)
    fire = isEarly ? nil : latest
    guard due < latest else {
      if !isEarly, now - (latest + place(latest)) > Self.grace, try policy().mode == .skip {
        fire = nil
        passed = Passed(RunSpan(latest, latest), .skipped, Self.skipped)
      }
      return
    }
    guard let before = calendar.previous(before: latest), before >= due else { return }
    let policy = try policy()
    switch policy.mode {
    case .latest: passed = Passed(RunSpan(due, before), .missed, Self.missed)
    case .skip:
      let isLate = !isEarly && now - (latest + place(latest)) > Self.grace
      passed = Passed(RunSpan(due, isLate ? latest : before), .skipped, Self.skipped)
      if isLate { fire = nil }
    case .all: catchUp(from: due, to: isEarly ? before : latest, policy.cap, calendar)
    }
  }

  private mutating func catchUp(from due: Timestamp, to latest: Timestamp, _ cap: Int, _ calendar: ScheduleCalendar) {
    var first = latest
    var count = 1
    while count < cap, let before = calendar.previous(before: first), before >= due {
      first = before
      count += 1
    }
    fire = nil
    catchUp = RunSpan(first, latest)
    if let before = calendar.previous(before: first), before >= due {
      passed = Passed(
        RunSpan(due, before), .missed,
        "The server did not run at its time, and more instants than the \(cap) of the catch-up policy have come due since.")
    }
  }

  package static let missed = "The server did not run at its time, and a later instant has come due since."
  package static let skipped = "The server did not run at its time, and the catch-up policy is to skip."
  package static let switchedOff = "It was switched off."
}
