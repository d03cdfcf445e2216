import JSON
import Time

extension AlarmEvaluation {
  /// Data points that a sentence lists at most.
  private static let listed = 5

  /// Why the alarm goes from one state to the other, with the data points that decided, in the words of AWS.
  func reason(_ condition: AlarmCondition, from old: AlarmState, to new: AlarmState) -> String {
    guard new != .insufficientData else {
      return "Insufficient Data: \(filled) datapoint\(filled == 1 ? " was" : "s were") unknown."
    }
    let treated = "[\(condition.missing == .breaching ? "Breaching" : "NonBreaching")]"
    let missing = "\(filled) missing datapoint\(filled == 1 ? " was" : "s were") treated as \(treated)"
    if evaluated.isEmpty {
      return "Threshold Crossed: no datapoints were received for \(filled) period\(filled == 1 ? "" : "s") and \(missing)."
    }
    let crossing = evaluated.filter { condition.isBreached($0) == (new == .alarm) }
    let verb = crossing.count == 1 ? "was" : "were"
    let not = new == .alarm ? "" : "not "
    var text: String
    if evaluated.count <= Self.listed {
      text = "\(crossing.count) out of the last \(evaluated.count) datapoints [\(list(evaluated))] \(verb) \(not)"
      text += limits(condition, evaluated, not)
    } else {
      let latest = Array(crossing.prefix(Self.listed))
      text = "\(crossing.count) out of the last \(evaluated.count) datapoints \(verb) \(not)\(limits(condition, latest, not)). "
      text += "The most recent datapoints which \(new == .alarm ? "crossed" : "did not cross") the threshold: [\(list(latest))]"
    }
    if filled > 0, condition.missing == .breaching || condition.missing == .notBreaching { text += " and \(missing)" }
    let turning = new == .alarm ? condition.needed : condition.evaluationPeriods - condition.needed + 1
    return "Threshold\(condition.threshold == nil ? "s" : "") Crossed: \(text) "
      + "(minimum \(turning) datapoint\(turning == 1 ? "" : "s") for \(old.rawValue) -> \(new.rawValue) transition)."
  }

  /// What data points are compared with.
  private func limits(_ condition: AlarmCondition, _ points: [Point], _ not: String) -> String {
    if let threshold = condition.threshold { return "\(condition.comparison.words) the threshold (\(JSONValue.double(threshold).text))" }
    let lower = "less than the lower thresholds [\(Self.numbers(points.map(\.lower)))]"
    let upper = "greater than the upper thresholds [\(Self.numbers(points.map(\.upper)))]"
    return switch condition.comparison {
    case .below: lower
    case .above: upper
    default: "\(lower) or \(not)\(upper)"
    }
  }

  private static func numbers(_ values: [Double?]) -> String {
    values.map { JSONValue.double($0 ?? 0).text }.joined(separator: ", ")
  }

  private func list(_ points: [Point]) -> String {
    points.map { "\(JSONValue.double($0.value ?? 0).text) (\(Self.date($0.start)))" }.joined(separator: ", ")
  }

  /// Why a series of a Metrics Insights alarm is in its state.
  func contributorReason(_ condition: AlarmCondition, to new: AlarmState) -> String {
    let crossing = evaluated.filter { condition.isBreached($0) == (new == .alarm) }
    guard let latest = crossing.first else { return "Threshold Crossed: no datapoints were received." }
    let (verb, not) = (crossing.count == 1 ? "was" : "were", new == .alarm ? "" : "not ")
    return "Threshold Crossed: \(crossing.count) datapoint\(crossing.count == 1 ? "" : "s") \(verb) \(not)"
      + "\(limits(condition, [latest], not)). The most recent datapoint which \(new == .alarm ? "crossed" : "did not cross") "
      + "the threshold: [\(list([latest]))]."
  }

  /// `31/01/26 17:05:00`
  static func date(_ instant: Timestamp) -> String {
    let text = instant.iso8601()
    let parts = text.prefix(10).split(separator: "-")
    guard parts.count == 3 else { return text }
    return "\(parts[2])/\(parts[1])/\(parts[0].suffix(2)) \(text.dropFirst(11).prefix(8))"
  }
}
