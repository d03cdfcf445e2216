import JSON
import JSONPath
import JSONata
import Time

/// What does not change while an execution runs; the caller keeps it with the execution's record.
public struct ExecutionInfo: Sendable {
  /// The execution's ARN.
  public var id: String
  public var name: String
  public var roleArn: String
  public var startTime: Timestamp
  public var input: Payload
  public var stateMachineID: String
  public var stateMachineName: String
  public var region: String
  public var redriveCount = 0
  public var aliasArn: String?
  public var versionArn: String?
  /// Of a child of a distributed Map state.
  public var item: MapItem?

  public init(
    id: String, name: String, roleArn: String, startTime: Timestamp, input: Payload, stateMachineID: String,
    stateMachineName: String, region: String
  ) {
    self.id = id
    self.name = name
    self.roleArn = roleArn
    self.startTime = startTime
    self.input = input
    self.stateMachineID = stateMachineID
    self.stateMachineName = stateMachineName
    self.region = region
  }
}

/// The item of a Map iteration, `$$.Map.Item`.
public struct MapItem: Sendable, Hashable, Codable {
  public let index: Int
  public let value: JSONValue
  /// The member's name, where the items are an object's members.
  public let key: String?

  public init(index: Int, value: JSONValue, key: String? = nil) {
    self.index = index
    self.value = value
    self.key = key
  }

  /// What the iteration gets without `ItemSelector`.
  var input: JSONValue { key.map { ["Key": .string($0), "Value": value] } ?? value }

  /// The item as the context object has it. Source: Step Functions Developer Guide, "Context object data for Map states".
  var context: JSONValue {
    var item: JSONObject = ["Index": .int(Int64(index))]
    item["Key"] = key.map { .string($0) }
    item["Value"] = value
    item["Source"] = "STATE_DATA"
    return .object(item)
  }

  private enum CodingKeys: CodingKey {
    case index, value, key
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    index = try container.decode(Int.self, forKey: .index)
    key = try container.decodeIfPresent(String.self, forKey: .key)
    value = try container.decode(AsText<JSONValue>.self, forKey: .value).wrappedValue
  }

  /// The value is stored as its text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encodeIfPresent(key, forKey: .key)
    try container.encode(AsText(wrappedValue: value), forKey: .value)
  }
}

/// What the interpreter needs from outside, and the bounds it keeps.
public struct InterpreterEnvironment: Sendable {
  public var intrinsics: IntrinsicEnvironment
  /// The token a worker reports with, for the execution's ARN and the task's identifier.
  public var taskToken: @Sendable (_ execution: String, _ id: Int) -> String
  public var limits: Limits

  public init(
    intrinsics: IntrinsicEnvironment, taskToken: @escaping @Sendable (_ execution: String, _ id: Int) -> String,
    limits: Limits = .open
  ) {
    self.intrinsics = intrinsics
    self.taskToken = taskToken
    self.limits = limits
  }

  public struct Limits: Sendable {
    /// Longest text of a state's input or output, in UTF-8 bytes.
    public var payloadBytes: Int?
    /// The event of this number is the failure of the execution.
    public var historyEvents: Int?
    /// Longest run of an execution, in seconds; children of a Distributed Map state end with their parent.
    public var executionSeconds: Int64?
    /// Bytes of all variables of a flow.
    public var variableBytes: Int?
    /// Iterations of an inline Map state at a time.
    public var inlineConcurrency: Int
    /// States entered in one step; then the rest waits for a timer that is due at once, so that one step stays one short commit.
    public var statesPerAdvance: Int
    /// What one JSONata expression may use.
    public var jsonata = JSONata.Limits(steps: 10_000_000, values: 10_000_000)

    public init(payloadBytes: Int?, historyEvents: Int?, inlineConcurrency: Int = 40, statesPerAdvance: Int = 1_000) {
      self.payloadBytes = payloadBytes
      self.historyEvents = historyEvents
      self.inlineConcurrency = max(inlineConcurrency, 1)
      self.statesPerAdvance = max(statesPerAdvance, 1)
    }

    /// AWS's quotas. Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    public static let aws: Limits = {
      var limits = Limits(payloadBytes: 262_144, historyEvents: 25_000)
      limits.variableBytes = 10 << 20
      return limits
    }()
    /// No bound on history, and data so large that only a runaway loop meets it: one execution must not use up the machine.
    public static let open = Limits(payloadBytes: 64 << 20, historyEvents: nil)
  }
}
