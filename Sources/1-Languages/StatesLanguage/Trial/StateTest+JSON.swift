import JSON
import JSONPath

/// How much of the data a test shows.
public enum InspectionLevel: String, Sendable, CaseIterable {
  /// The output.
  case info = "INFO"
  /// And the data at each stage.
  case debug = "DEBUG"
  /// And the HTTP request and response of an HTTP Task.
  case trace = "TRACE"
}

/// What an HTTP Task sent and got.
public struct HTTPExchange: Sendable {
  /// `protocol`, `method`, `url`, `headers`, `body`
  public let request: JSONObject
  /// `protocol`, `statusCode`, `statusMessage`, `headers`, `body`
  public let response: JSONObject
  /// Texts that the connection added to the request.
  public let secrets: [String]

  public init(request: JSONObject, response: JSONObject, secrets: [String]) {
    self.request = request
    self.response = response
    self.secrets = secrets
  }

  /// The request, with every text in it that holds a secret left out unless secrets are to be shown.
  func request(revealing: Bool) -> JSONValue {
    guard !revealing, !secrets.isEmpty else { return .object(request) }
    return .object(request.reduce(into: JSONObject()) { $0[$1.key] = hiding($1.value) })
  }

  private func hiding(_ value: JSONValue) -> JSONValue {
    guard case .string(let text) = value else { return value }
    return .string(secrets.filter { !$0.isEmpty }.reduce(text) { $0.replacing($1, with: "[REDACTED]") })
  }
}

extension StateTest.Outcome {
  /// The members of TestState's answer.
  public func json(_ level: InspectionLevel, http: HTTPExchange? = nil, revealSecrets: Bool = false) -> JSONValue {
    var object = JSONObject()
    if let output { object["output"] = .string(output.text) }
    if let error { object["error"] = .string(error) }
    if let cause { object["cause"] = .string(cause) }
    if level != .info {
      var data = inspectionData
      if level == .trace, let http {
        data["request"] = http.request(revealing: revealSecrets)
        data["response"] = .object(http.response)
      }
      object["inspectionData"] = .object(data)
    }
    if let nextState { object["nextState"] = .string(nextState) }
    object["status"] = .string(status.rawValue)
    return .object(object)
  }

  /// Data by stage as texts of JSON; numbers as numbers.
  public var inspectionData: JSONObject {
    var data = JSONObject()
    for stage in Inspection.Stage.allCases where stage != .output {
      guard let payload = stages[stage] else { continue }
      switch stage {
      case .maxConcurrency, .toleratedFailureCount, .toleratedFailurePercentage: data[stage.rawValue] = payload.value
      default: data[stage.rawValue] = .string(payload.text)
      }
    }
    switch handler {
    case .retrier(let index, let seconds):
      data["errorDetails"] = ["retryIndex": .int(Int64(index)), "retryBackoffIntervalSeconds": .int(Int64(seconds))]
    case .catcher(let index): data["errorDetails"] = ["catchIndex": .int(Int64(index))]
    case nil: break
    }
    return data
  }
}
