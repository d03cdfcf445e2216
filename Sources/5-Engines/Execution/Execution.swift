import Time

/// What this machine can give to jobs.
package struct ExecutionCapacity: Sendable, Equatable {
  package var cpus: Double
  package var memoryMiB: Int

  package init(cpus: Double, memoryMiB: Int) {
    self.cpus = cpus
    self.memoryMiB = memoryMiB
  }
}

/// One attempt of one job, as the engine runs it.
package struct Attempt: Sendable, Codable, Equatable {
  /// Letters, digits, `.`, `_` and `-`, at most 128; never used twice.
  package var id: String
  package var command: [String]
  package var environment: [String: String]
  /// Nil: a scratch folder of its own, removed on release.
  package var workingDirectory: String?
  package var cpus: Double
  /// 0: no limit.
  package var memoryMiB: Int

  package init(
    id: String, command: [String], environment: [String: String], workingDirectory: String?, cpus: Double, memoryMiB: Int
  ) {
    self.id = id
    self.command = command
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.cpus = cpus
    self.memoryMiB = memoryMiB
  }
}

package struct ExecutionFault: Error, Sendable, Equatable {
  package var message: String
  /// Whether trying again can not help.
  package var isPermanent: Bool

  package init(_ message: String, isPermanent: Bool) {
    self.message = message
    self.isPermanent = isPermanent
  }
}

/// Starts, watches, signals and reaps attempts, and finds them again after a restart of the server.
package protocol Execution: Sendable {
  var capacity: ExecutionCapacity { get }

  /// Starts an attempt. A second start of the same id never runs it twice: it is found again and its events are delivered.
  func start(_ attempt: Attempt) async throws(ExecutionFault)

  /// SIGTERM to the whole group, SIGKILL after the grace. Unknown ids are ignored.
  func stop(_ id: String, grace: Duration) async

  /// Removes what is kept of an ended attempt, after its end was recorded.
  func release(_ id: String) async

  /// Delivers events until cancelled.
  ///
  /// An event counts as delivered when `deliver` returns; output is delivered at least once, and `.exited` comes after all output of
  /// its attempt. Events of one attempt come one after the other, those of different attempts at once.
  func run(deliver: @escaping @Sendable (ExecutionEvent) async throws -> Void) async throws

  /// Ids of attempts that run now.
  func running() async -> [String]

  /// Whether anything of the attempt is on this machine: it runs, or has ended and was not released.
  func knows(_ id: String) async -> Bool

  /// Ends the engine: with `stopJobs` its jobs too, else they go on and are found again at the next start.
  func shutdown(stopJobs: Bool) async
}
