import JSON
import Series
import ServiceKit
import Store
import Time

/// Which fields a group's events have, and in how many of them. Source: Amazon CloudWatch Logs API Reference, GetLogGroupFields.
///
/// Looks at up to 10,000 events of the time. Fields within fields are named with a dot.
struct GetLogGroupFields: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String?
    var time: Int64?
    var logGroupIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .range("time", \.time, 0...Int64.max),
        .length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier),
      ]
    }
  }
  struct Output: Shape { var logGroupFields: [Field] }
  struct Field: Shape {
    var name: String
    var percent: Int
  }
  static let audit = AuditDetail.callOnly
  private static let most = 10_000
  /// As many fields are found; AWS finds 200.
  private static let mostFields = 1_000
  private static let deepest = 8

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let group = try await call.open(input.logGroupName, input.logGroupIdentifier)
    let around = input.time.map { Timestamp(seconds: $0) }
    let (from, to) = around.map { ($0 - .seconds(480), $0 + .seconds(480)) } ?? (call.now - .seconds(900), call.now + .milliseconds(1))
    let scan: LogScan
    do {
      scan = try call.room.engine.scan(
        group: group.id, streams: nil, from: from, to: to, after: nil, limit: most, byteBudget: 32 << 20, resultBytes: 16 << 20,
        where: { _ in true })
    } catch { throw Fault.unavailable(error.message) }
    guard !scan.events.isEmpty else { return Output(logGroupFields: []) }
    var counts: [String: Int] = [:]
    for event in scan.events {
      guard event.message.first == UInt8(ascii: "{"), let document = try? JSONValue(parsing: event.message),
        case .object(let object) = document
      else { continue }
      var names: Set<String> = []
      collect(object, "", &names, depth: 0)
      for name in names where counts[name] != nil || counts.count < mostFields { counts[name, default: 0] += 1 }
    }
    let own = ["@ingestionTime", "@log", "@logStream", "@message", "@timestamp"].map { Field(name: $0, percent: 100) }
    let found = counts.map { Field(name: $0.key, percent: $0.value * 100 / scan.events.count) }
    return Output(logGroupFields: own + found.sorted { ($1.percent, $0.name) < ($0.percent, $1.name) })
  }

  private static func collect(_ object: JSONObject, _ path: String, _ names: inout Set<String>, depth: Int) {
    for (key, value) in object {
      guard names.count < mostFields else { return }
      let name = path.isEmpty ? key : "\(path).\(key)"
      if case .object(let inner) = value, depth < deepest { collect(inner, name, &names, depth: depth + 1) } else { names.insert(name) }
    }
  }
}
