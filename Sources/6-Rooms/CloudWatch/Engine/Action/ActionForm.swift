import JSON
import ServiceKit
import Store
import Time

/// What an alarm's action names.
///
/// Source: Amazon CloudWatch API Reference, PutMetricAlarm, AlarmActions. Beyond AWS: whatever a rule can have for a target; the URL of a
/// webhook; and a job, as the ARN of its queue with `?jobDefinition=NAME[:REVISION][&jobName=NAME]`.
enum ActionForm: Sendable {
  case target(ARN)
  case webhook(String)
  case job(queue: ARN, definition: String, name: String)

  init?(_ text: String) {
    if text.hasPrefix("https://") || text.hasPrefix("http://") {
      let rest = text.drop { $0 != "/" }.dropFirst(2)
      guard let first = rest.first, first != "/", !text.contains(where: \.isWhitespace) else { return nil }
      self = .webhook(text)
      return
    }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let arn = ARN(parts[0]) else { return nil }
    guard arn.service == "batch" else {
      guard let whole = ARN(text) else { return nil }
      self = .target(whole)
      return
    }
    var given: [String: String] = [:]
    for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      if sides.count == 2 { given[sides[0]] = sides[1] }
    }
    guard arn.resourceType == "job-queue", let definition = given["jobDefinition"] else { return nil }
    self = .job(queue: arn, definition: definition, name: given["jobName"] ?? "alarm")
  }

  /// Whether it is invoked with the event rather than sent the message.
  var takesEvent: Bool {
    switch self {
    case .target(let arn): ["lambda", "states", "events", "pipes"].contains(arn.service)
    case .job: true
    case .webhook: false
    }
  }

  /// The operation that does it; nil for a webhook. Throws what is wrong with the target.
  func delivery(_ action: AlarmAction) -> Delivery? {
    let (payload, text) = (action.message, action.message.text)
    switch self {
    case .webhook: return nil
    case .target(let arn):
      let parameters: JSONObject = [
        "Subject": .string(String(action.subject.prefix(100))),
        "EventBridgeParameters": ["Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm Action"],
      ]
      return Delivery(target: arn, payload: payload, text: text, parameters: parameters, id: action.id)
    case .job(let queue, let definition, let name):
      return Delivery(
        target: queue, payload: payload, text: text,
        parameters: ["BatchParameters": ["JobDefinition": .string(definition), "JobName": .string(name)]], id: action.id)
    }
  }

  /// Throws ValidationError for an action that can not be done here.
  static func check(_ text: String, _ invoker: Invoker, in partition: Partition) throws(Fault) {
    if let reason = refusal(text) { throw .broken(reason) }
    guard let form = ActionForm(text) else { throw .broken("Invalid arn syntax: \(text.prefix(1_024))") }
    let probe = AlarmAction(
      alarm: "", action: text, subject: "", message: .object(JSONObject()), state: "", id: "", attempt: 0, first: .distantPast)
    guard let delivery = form.delivery(probe) else { return }
    do { _ = try invoker.resolve(delivery, in: partition) } catch {
      throw .broken("Invalid action \(text.prefix(1_024)): \((error as? Fault)?.message ?? "\(error)")")
    }
  }

  /// Why an action of AWS's can not be done here.
  private static func refusal(_ text: String) -> String? {
    guard let arn = ARN(text) else { return nil }
    let kind: String
    switch arn.service {
    case "automate", "swf": kind = "Amazon EC2 actions"
    case "ssm", "ssm-incidents": kind = "Systems Manager actions"
    case "autoscaling", "application-autoscaling": kind = "Auto Scaling actions"
    case "aiops": kind = "CloudWatch investigations"
    default: return nil
    }
    return "\(kind) are not served by Martlet: \(text.prefix(1_024)) can not be an action of an alarm."
  }
}
