/// Counts of a map run's items or child executions, as DescribeMapRun tells them.
public struct MapRunCounts: Sendable, Hashable, Codable {
  public var pending = 0
  public var running = 0
  public var succeeded = 0
  public var failed = 0
  public var timedOut = 0
  public var aborted = 0
  public var resultsWritten = 0
  /// Unsuccessful ones that a redrive will run again.
  public var pendingRedrive = 0
  /// Failed ones that a redrive could not run again.
  public var failuresNotRedrivable = 0

  public init() {}

  public var total: Int { pending + running + succeeded + failed + timedOut + aborted + pendingRedrive }
  /// What counts against the tolerated failures.
  public var unsuccessful: Int { failed + timedOut }

  /// Forms stored by earlier versions have no counts of redrives.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> Int { try container.decodeIfPresent(Int.self, forKey: key) ?? 0 }
    pending = try count(.pending)
    running = try count(.running)
    succeeded = try count(.succeeded)
    failed = try count(.failed)
    timedOut = try count(.timedOut)
    aborted = try count(.aborted)
    resultsWritten = try count(.resultsWritten)
    pendingRedrive = try count(.pendingRedrive)
    failuresNotRedrivable = try count(.failuresNotRedrivable)
  }

  fileprivate mutating func abortRest() {
    aborted += pending + running + pendingRedrive
    (pending, running, pendingRedrive) = (0, 0, 0)
  }

  /// Some begin: those of a redrive first.
  fileprivate mutating func begin(_ count: Int) {
    let again = min(count, pendingRedrive)
    pendingRedrive -= again
    pending = max(0, pending - (count - again))
    running += count
  }

  /// What did not succeed waits again, so many of it for the first time.
  fileprivate mutating func redrive(fresh: Int) {
    pending = min(fresh, failed + timedOut + aborted)
    pendingRedrive = failed + timedOut + aborted - pending
    (failed, timedOut, aborted) = (0, 0, 0)
  }
}

/// What a map run does next, as a pure value: the caller starts children, tells how they ended, and stores this beside them.
public struct MapRunProgress: Sendable, Hashable, Codable {
  public enum Status: String, Sendable, Codable {
    case running = "RUNNING"
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
    case aborted = "ABORTED"
  }

  public enum ChildEnd: String, Sendable, Codable {
    case succeeded = "SUCCEEDED"
    case failed = "FAILED"
    case timedOut = "TIMED_OUT"
    case aborted = "ABORTED"
  }

  public private(set) var status = Status.running
  public private(set) var items = MapRunCounts()
  public private(set) var executions = MapRunCounts()
  /// Children that may run at the same time.
  public private(set) var maxConcurrency: Int
  /// As it was asked for: 0 is as many as may be. Nil in forms stored by earlier versions.
  public private(set) var configuredConcurrency: Int?
  public private(set) var toleratedFailureCount: Int
  /// 0...100
  public private(set) var toleratedFailurePercentage: Double
  /// More items may come: the reading goes on.
  public private(set) var isReading: Bool

  /// AWS runs so many children at a time when the definition asks for none or more.
  public static let mostConcurrent = 10_000

  public init(_ request: MapRunRequest) {
    maxConcurrency = Self.width(request.maxConcurrency)
    configuredConcurrency = Int(clamping: max(0, request.maxConcurrency))
    toleratedFailureCount = Int(clamping: request.toleratedFailureCount ?? 0)
    toleratedFailurePercentage = request.toleratedFailurePercentage ?? 0
    if case .reader = request.items { isReading = true } else { isReading = false }
  }

  private static func width(_ wanted: Int64) -> Int {
    wanted <= 0 ? mostConcurrent : Int(clamping: min(wanted, Int64(mostConcurrent)))
  }

  /// Children of these numbers of items wait to be started.
  public mutating func add(batches: [Int]) {
    executions.pending += batches.count
    items.pending += batches.reduce(0, +)
  }

  public mutating func finishReading() {
    isReading = false
    settle()
  }

  /// How many children to start now.
  public var room: Int {
    status == .running ? max(0, min(executions.pending + executions.pendingRedrive, maxConcurrency - executions.running)) : 0
  }

  public mutating func start(items count: Int) {
    guard executions.pending + executions.pendingRedrive > 0 else { return }
    executions.begin(1)
    items.begin(count)
  }

  /// What did not succeed runs again. Only of a run that has failed or was aborted.
  ///
  /// - Parameters:
  ///   - fresh: children that had not begun.
  ///   - items: items that these have.
  public mutating func redrive(fresh: Int, items count: Int) {
    guard status == .failed || status == .aborted else { return }
    status = .running
    executions.redrive(fresh: fresh)
    items.redrive(fresh: count)
    settle()
  }

  /// A child that was to run again can not: it counts as failed.
  public mutating func refuse(items count: Int) {
    executions.failuresNotRedrivable += 1
    items.failuresNotRedrivable += count
    end(.failed, items: count)
  }

  /// A child is over. The map run may be, too: see `status`.
  public mutating func end(_ end: ChildEnd, items count: Int) {
    guard executions.running > 0 else { return }
    executions.running -= 1
    items.running = max(0, items.running - count)
    switch end {
    case .succeeded:
      executions.succeeded += 1
      items.succeeded += count
    case .failed:
      executions.failed += 1
      items.failed += count
    case .timedOut:
      executions.timedOut += 1
      items.timedOut += count
    case .aborted:
      executions.aborted += 1
      items.aborted += count
    }
    settle()
  }

  /// UpdateMapRun: values apply from now on, also to what has failed already.
  public mutating func update(maxConcurrency: Int64? = nil, toleratedFailureCount: Int64? = nil, toleratedFailurePercentage: Double? = nil)
  {
    if let maxConcurrency {
      self.maxConcurrency = Self.width(maxConcurrency)
      configuredConcurrency = Int(clamping: max(0, maxConcurrency))
    }
    if let toleratedFailureCount { self.toleratedFailureCount = Int(clamping: max(toleratedFailureCount, 0)) }
    if let toleratedFailurePercentage { self.toleratedFailurePercentage = min(max(toleratedFailurePercentage, 0), 100) }
    settle()
  }

  /// The execution was stopped or has failed elsewhere. What has not ended counts as aborted.
  public mutating func abort() {
    guard status == .running else { return }
    status = .aborted
    abortRest()
  }

  public mutating func written(_ count: Int, items: Int) {
    executions.resultsWritten += count
    self.items.resultsWritten += items
  }

  /// Failures are put up with up to either limit; whichever is exceeded first fails the run.
  private var isExceeded: Bool {
    let failures = items.unsuccessful
    guard failures > 0 else { return false }
    let countTolerates = failures <= toleratedFailureCount
    // While items are read the total is not known: the percentage is looked at once it is.
    let percentageTolerates =
      toleratedFailurePercentage > 0
      && (isReading || Double(failures) * 100 <= toleratedFailurePercentage * Double(items.total))
    if toleratedFailureCount > 0, toleratedFailurePercentage > 0 { return !(countTolerates && percentageTolerates) }
    return !(countTolerates || percentageTolerates)
  }

  private mutating func settle() {
    guard status == .running else { return }
    if isExceeded {
      status = .failed
      abortRest()
    } else if !isReading, executions.pending == 0, executions.pendingRedrive == 0, executions.running == 0 {
      status = .succeeded
    }
  }

  private mutating func abortRest() {
    executions.abortRest()
    items.abortRest()
  }
}
