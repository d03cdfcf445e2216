import EventPattern
import JSON
import ServiceKit
import Store

/// Says whether an event matches a pattern, a rule or each rule of a bus, and if not the first field that differs and what was
/// expected there.
///
/// With `EventPattern` the answer is about that pattern, with `Rule` about that rule, with neither about all rules of the bus in the
/// order of their names, page by page. The event may be any JSON object. Differs: AWS has no such operation.
struct ExplainMatch: Operation {
  struct Input: Shape {
    var eventPattern: String?
    var rule: String?
    var eventBusName: String?
    var event: String
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("rule", \.rule, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
        .length("nextToken", \.nextToken, 1...2_048), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    /// Of a pattern or a rule.
    var result: Bool?
    var reason: String?
    var field: String?
    var found: String?
    var expected: String?
    /// Of a bus.
    var rules: [Verdict]?
    var nextToken: String?
  }
  struct Verdict: Shape {
    var name: String
    var arn: String
    var state: String
    var result: Bool
    var reason: String?
    var field: String?
    var found: String?
    var expected: String?
  }

  static let access = Access.read
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.rule ?? "*", input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let event = Array(input.event.utf8)
    do throws(EventError) { try EventPattern.check(event: event) } catch { throw Fault.validation(error.message) }
    if let text = input.eventPattern {
      guard input.rule == nil else { throw Fault.validation("Only one of EventPattern and Rule can be given.") }
      let pattern: EventPattern
      do throws(EventPatternError) { pattern = try EventPattern(text) } catch { throw Fault.invalidPattern(error.message) }
      let mismatch = pattern.mismatch(event)
      return Output(
        result: mismatch == nil, reason: mismatch?.reason, field: mismatch?.field, found: mismatch?.found, expected: mismatch?.expected)
    }
    let bus = try call.bus(input.eventBusName)
    if let name = input.rule {
      let verdict = verdict(on: try call.rule(name, bus: bus), event, call)
      return Output(
        result: verdict.result, reason: verdict.reason, field: verdict.field, found: verdict.found, expected: verdict.expected)
    }
    let page = try call.transaction.page(
      Rule.self, in: call.partition, prefix: Rule.key(bus, ""), after: call.cursor(input.nextToken), limit: input.limit ?? 50)
    return Output(rules: page.items.map { verdict(on: $0, event, call) }, nextToken: call.token(page.next))
  }

  private static func verdict(on rule: Rule, _ event: [UInt8], _ call: Call<EventBridge>) -> Verdict {
    var verdict = Verdict(name: rule.name, arn: rule.arn(call.partition).description, state: rule.state, result: false)
    guard let text = rule.eventPattern else {
      verdict.reason = "the rule has no event pattern; it fires by its schedule \(rule.scheduleExpression ?? "")"
      return verdict
    }
    do throws(EventPatternError) {
      let mismatch = try EventPattern(text).mismatch(event)
      verdict.result = mismatch == nil && rule.isEnabled
      verdict.reason = mismatch?.reason ?? (rule.isEnabled ? nil : "the event matches the pattern, but the rule is disabled")
      verdict.field = mismatch?.field
      verdict.found = mismatch?.found
      verdict.expected = mismatch?.expected
    } catch {
      verdict.reason = error.message
    }
    return verdict
  }
}
