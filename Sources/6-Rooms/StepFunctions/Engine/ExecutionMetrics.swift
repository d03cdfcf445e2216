import ServiceKit
import StatesLanguage
import Store
import Time

/// What an execution adds to the metrics of AWS/States.
///
/// Source: Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
struct ExecutionMetrics: Sendable {
  private struct Sample: Sendable {
    var name: String
    var dimensions: [String: String]
    var value: Double
    var unit: String
  }
  private static let endings = [
    "SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted",
  ]
  private var samples: [Sample] = []
  /// Those of the account, of the machine, and of the version and alias it was started from.
  private let dimensions: [[String: String]]

  init(machine: String, version: Int?, alias: String?, _ partition: Partition) {
    let arn = StateMachine.arn(machine, partition).description
    var dimensions = [[:], ["StateMachineArn": arn]]
    if let version { dimensions.append(["StateMachineArn": arn, "Version": String(version)]) }
    if let alias { dimensions.append(["StateMachineArn": arn, "Alias": alias]) }
    self.dimensions = dimensions
  }

  init(_ execution: Execution, _ partition: Partition) {
    self.init(machine: execution.machine, version: execution.version, alias: execution.alias, partition)
  }

  var isEmpty: Bool { samples.isEmpty }

  private mutating func add(_ name: String, _ value: Double = 1, _ unit: String = "Count") {
    for dimensions in dimensions { samples.append(Sample(name: name, dimensions: dimensions, value: value, unit: unit)) }
  }

  mutating func started() { add("ExecutionsStarted") }
  mutating func redriven() { add("ExecutionsRedriven") }

  mutating func ended(_ status: String, after duration: Duration, isRedriven: Bool = false) {
    add("ExecutionTime", duration / Duration.milliseconds(1), "Milliseconds")
    guard let name = Self.endings[status] else { return }
    add(name)
    if isRedriven { add("Redriven\(name)") }
  }

  /// - Parameters:
  ///   - memory: megabytes, as billed.
  ///   - billed: as billed, in milliseconds.
  mutating func billed(memory: Int64, duration: Int64) {
    add("ExpressExecutionMemory", Double(memory), "Megabytes")
    add("ExpressExecutionBilledMemory", Double(memory), "Megabytes")
    add("ExpressExecutionBilledDuration", Double(duration), "Milliseconds")
  }

  /// Takes in what an event says of a task; `find` answers the events before it by number.
  mutating func take(_ event: HistoryEvent, _ find: (Int) -> EventLink?) {
    guard let step = TaskStep(event.type) else { return }
    let link = EventLink(event)
    var scheduled: EventLink? = step.kind == .scheduled ? link : nil
    var started: EventLink?
    var next = link.previous
    while scheduled == nil, let before = find(next) {
      switch TaskStep(before.type)?.kind {
      case .scheduled?: scheduled = before
      case .started?: started = before
      case .ended?, nil: guard before.type == .taskSubmitted else { return }
      }
      next = before.previous
    }
    guard let scheduled, let resource = scheduled.resource else { return }
    let dimensions = [step.family.dimension: resource]
    func sample(_ name: String, _ value: Double = 1, _ unit: String = "Count") {
      samples.append(Sample(name: name, dimensions: dimensions, value: value, unit: unit))
    }
    let family = step.family
    sample("\(family.plural)\(step.outcome(of: event))")
    func time(_ name: String, _ from: Timestamp, _ to: Timestamp) {
      sample("\(family.singular)\(name)", (to - from) / Duration.milliseconds(1), "Milliseconds")
    }
    switch step.kind {
    case .scheduled: break
    case .started: time("ScheduleTime", scheduled.time, link.time)
    case .ended:
      if let started { time("RunTime", started.time, link.time) }
      time("Time", scheduled.time, link.time)
    }
  }

  func add(to counters: MetricCounters, _ partition: Partition) {
    for sample in samples {
      counters.add("AWS/States", sample.name, sample.dimensions, sample.value, unit: sample.unit, in: partition)
    }
  }
}

extension StepFunctions {
  /// Tells how many there are of what a quota bounds, and the quota. Where none does they are not counted.
  ///
  /// Source: Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch", resource count metrics.
  func count(of name: String, _ counts: OpenCounts, most: Int?, _ partition: Partition) {
    guard let most else { return }
    let shown = name == "OpenMapRun" ? "Approximate\(name)Count" : "\(name)Count"
    context.counters.add("AWS/States", shown, [:], Double(counts.count(partition)), in: partition)
    context.counters.add("AWS/States", "\(name)Limit", [:], Double(most), in: partition)
  }
}

/// Where in the life of a task an event stands.
private struct TaskStep {
  enum Kind {
    case scheduled, started, ended
  }
  enum Family {
    case activity, function, integration
    var singular: String {
      switch self {
      case .activity: "Activity"
      case .function: "LambdaFunction"
      case .integration: "ServiceIntegration"
      }
    }
    var plural: String { self == .activity ? "Activities" : "\(singular)s" }
    var dimension: String {
      switch self {
      case .activity: "ActivityArn"
      case .function: "LambdaFunctionArn"
      case .integration: "ServiceIntegrationResourceArn"
      }
    }
  }
  var family: Family
  var kind: Kind
  private var outcome: String

  /// An activity whose heartbeats end is told apart from one that takes too long.
  func outcome(of event: HistoryEvent) -> String {
    family == .activity && event.isMissedHeartbeat ? "Heartbeat\(outcome)" : outcome
  }

  init?(_ type: HistoryEventType?) {
    switch type {
    case .activityScheduled?: self.init(.activity, .scheduled, "Scheduled")
    case .activityStarted?: self.init(.activity, .started, "Started")
    case .activitySucceeded?: self.init(.activity, .ended, "Succeeded")
    case .activityFailed?: self.init(.activity, .ended, "Failed")
    case .activityTimedOut?: self.init(.activity, .ended, "TimedOut")
    case .lambdaFunctionScheduled?: self.init(.function, .scheduled, "Scheduled")
    case .lambdaFunctionStarted?: self.init(.function, .started, "Started")
    case .lambdaFunctionSucceeded?: self.init(.function, .ended, "Succeeded")
    case .lambdaFunctionFailed?: self.init(.function, .ended, "Failed")
    case .lambdaFunctionTimedOut?: self.init(.function, .ended, "TimedOut")
    case .taskScheduled?: self.init(.integration, .scheduled, "Scheduled")
    case .taskStarted?: self.init(.integration, .started, "Started")
    case .taskSucceeded?: self.init(.integration, .ended, "Succeeded")
    case .taskFailed?: self.init(.integration, .ended, "Failed")
    case .taskTimedOut?: self.init(.integration, .ended, "TimedOut")
    default: return nil
    }
  }

  private init(_ family: Family, _ kind: Kind, _ outcome: String) {
    (self.family, self.kind, self.outcome) = (family, kind, outcome)
  }
}
