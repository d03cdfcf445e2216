import JSON
import JSONPath

/// What only Task states have.
public struct TaskFields: Sendable {
  public let resource: TaskResource
  public let timeoutSeconds: State.Quantity<Int64>?
  public let heartbeatSeconds: State.Quantity<Int64>?
  /// `Credentials`: the role the task runs under.
  public let credentials: PayloadTemplate?
  /// JSONata's `Credentials`.
  public let credentialsJsonata: JSONataTemplate?
  public let retriers: [Retrier]
  public let catchers: [Catcher]
}

/// What a Task state runs.
public enum TaskResource: Sendable, Hashable {
  /// A function by its own ARN.
  case lambda(arn: String)
  case activity(arn: String)
  case integration(Integration)

  /// A call of a service, `arn:aws:states:::service:api`.
  public struct Integration: Sendable, Hashable {
    /// The ARN as written.
    public let arn: String
    /// `batch`, or `aws-sdk:s3`.
    public let service: String
    /// `submitJob`, without the pattern.
    public let api: String
    public let pattern: Pattern

    /// True for a call that goes to the service's API as it is.
    public var isSDK: Bool { service.hasPrefix("aws-sdk:") }
    /// The name in events: `submitJob.sync`.
    public var resource: String { api + pattern.rawValue }
  }

  /// When an integration's step is over.
  public enum Pattern: String, Sendable, Hashable {
    case requestResponse = ""
    /// When the job has ended.
    case sync = ".sync"
    /// As `sync`, with the result's own output as JSON.
    case sync2 = ".sync:2"
    /// When somebody reports the token.
    case waitForTaskToken = ".waitForTaskToken"
  }

  /// The ARN as written.
  public var arn: String {
    switch self {
    case .lambda(let arn), .activity(let arn): arn
    case .integration(let integration): integration.arn
    }
  }

  public var waitsForTaskToken: Bool {
    if case .integration(let integration) = self { integration.pattern == .waitForTaskToken } else { false }
  }
}

extension TaskResource {
  /// Reads an ARN; nil when it names nothing a Task state can run.
  public init?(arn: String) {
    let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty else { return nil }
    switch parts[2] {
    case "lambda":
      guard parts[5].hasPrefix("function:"), parts[5].utf8.count > 9 else { return nil }
      self = .lambda(arn: arn)
    case "states" where parts[5].hasPrefix("activity:"):
      guard parts[5].utf8.count > 9 else { return nil }
      self = .activity(arn: arn)
    case "states":
      guard parts[3].isEmpty, parts[4].isEmpty, let integration = Integration(arn: arn, action: parts[5]) else { return nil }
      self = .integration(integration)
    default: return nil
    }
  }
}

extension TaskResource.Integration {
  init?(arn: String, action: Substring) {
    var action = action
    var pattern = TaskResource.Pattern.requestResponse
    for candidate in [TaskResource.Pattern.sync2, .sync, .waitForTaskToken] where action.hasSuffix(candidate.rawValue) {
      action = action.dropLast(candidate.rawValue.count)
      pattern = candidate
      break
    }
    let parts = action.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == (parts.first == "aws-sdk" ? 3 : 2), parts.allSatisfy({ !$0.isEmpty }), let api = parts.last else {
      return nil
    }
    self.arn = arn
    service = parts.dropLast().joined(separator: ":")
    self.api = String(api)
    self.pattern = pattern
  }
}
