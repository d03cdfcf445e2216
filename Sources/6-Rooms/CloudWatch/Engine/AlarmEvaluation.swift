import JSON
import Time

/// The judgement of an alarm over its data points: a pure function.
///
/// Source: Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
struct AlarmEvaluation: Equatable {
  /// A data point: the start of its period and its value; nil when the period has none.
  struct Point: Equatable {
    var start: Timestamp
    var value: Double?
    var count: Double = 0
  }
  enum Verdict: Equatable {
    case state(AlarmState)
    /// Whatever it is now.
    case keep
  }

  let verdict: Verdict
  /// The data points that decided, latest first.
  let evaluated: [Point]
  /// Periods that counted without data.
  let filled: Int
  let breaching: Int

  /// Periods looked at besides the evaluation periods, in case data is missing.
  static let reserve = 2

  /// - Parameter range: every period of the evaluation range, latest first: evaluation periods plus `reserve`.
  init(
    _ range: [Point], evaluationPeriods: Int, datapointsToAlarm: Int, comparison: Alarm.Comparison, threshold: Double,
    missing: Alarm.MissingData
  ) {
    let real = range.filter { $0.value != nil }
    let breaches = { (point: Point) in point.value.map { comparison.holds($0, threshold) } ?? false }
    if real.count >= evaluationPeriods {
      // Enough data: the latest of it decides, however missing data is treated.
      let used = Array(real.prefix(evaluationPeriods))
      self.init(used, filled: 0, counted: used.count(where: breaches), needed: datapointsToAlarm, empty: false)
      return
    }
    let gaps = evaluationPeriods - real.count
    let bad = real.count(where: breaches)
    switch missing {
    case .breaching: self.init(real, filled: gaps, counted: bad + gaps, needed: datapointsToAlarm, empty: false)
    case .notBreaching: self.init(real, filled: gaps, counted: bad, needed: datapointsToAlarm, empty: false)
    case .missing, .ignore:
      if real.isEmpty {
        self.init(verdict: missing == .ignore ? .keep : .state(.insufficientData), evaluated: [], filled: gaps, breaching: 0)
      } else if bad == real.count, bad < datapointsToAlarm {
        // Nothing but bad news, and too little of it: old enough, it is an alarm all the same.
        let age = (range.lastIndex { $0.value != nil } ?? 0) + 1
        let verdict: Verdict = missing == .ignore ? .keep : .state(age >= datapointsToAlarm ? .alarm : .insufficientData)
        self.init(verdict: verdict, evaluated: real, filled: gaps, breaching: bad)
      } else {
        self.init(real, filled: gaps, counted: bad, needed: datapointsToAlarm, empty: false)
      }
    }
  }

  private init(_ used: [Point], filled: Int, counted: Int, needed: Int, empty: Bool) {
    self.init(verdict: .state(counted >= needed ? .alarm : .ok), evaluated: used, filled: filled, breaching: counted)
  }

  private init(verdict: Verdict, evaluated: [Point], filled: Int, breaching: Int) {
    self.verdict = verdict
    self.evaluated = evaluated
    self.filled = filled
    self.breaching = breaching
  }
}

extension AlarmEvaluation {
  /// Why the alarm goes from one state to the other, with the data points that decided.
  func reason(_ alarm: Alarm, from old: AlarmState, to new: AlarmState) -> String {
    let needed = alarm.datapointsToAlarm ?? alarm.evaluationPeriods
    guard new != .insufficientData else {
      return "Insufficient Data: \(filled) datapoint\(filled == 1 ? " was" : "s were") unknown."
    }
    let missing = alarm.treatMissingData ?? .missing
    if evaluated.isEmpty {
      return
        "Threshold Crossed: no datapoints were received for \(filled) period\(filled == 1 ? "" : "s") and \(filled) missing "
        + "datapoint\(filled == 1 ? " was" : "s were") treated as [\(missing == .breaching ? "Breaching" : "NonBreaching")]."
    }
    let shown = evaluated.map { "\(JSONValue.double($0.value ?? 0).text) (\(Self.date($0.start)))" }.joined(separator: ", ")
    let crossed = evaluated.count { $0.value.map { alarm.comparison.holds($0, alarm.threshold) } ?? false }
    let counted = new == .alarm ? crossed : evaluated.count - crossed
    let verb = counted == 1 ? "was" : "were"
    var text =
      "Threshold Crossed: \(counted) out of the last \(evaluated.count) datapoints [\(shown)] \(verb)\(new == .alarm ? "" : " not") "
      + "\(alarm.comparison.words) the threshold (\(JSONValue.double(alarm.threshold).text))"
    if filled > 0, missing == .breaching || missing == .notBreaching {
      text += " and \(filled) missing datapoint\(filled == 1 ? " was" : "s were") treated as "
      text += "[\(missing == .breaching ? "Breaching" : "NonBreaching")]"
    }
    let turning = new == .alarm ? needed : alarm.evaluationPeriods - needed + 1
    return text + " (minimum \(turning) datapoint\(turning == 1 ? "" : "s") for \(old.rawValue) -> \(new.rawValue) transition)."
  }

  /// `31/01/26 17:05:00`
  private static func date(_ instant: Timestamp) -> String {
    let text = instant.iso8601()
    let parts = text.prefix(10).split(separator: "-")
    guard parts.count == 3 else { return text }
    return "\(parts[2])/\(parts[1])/\(parts[0].suffix(2)) \(text.dropFirst(11).prefix(8))"
  }

  /// The same for programs. Source: Amazon CloudWatch User Guide, "CloudWatch alarm state change events".
  func reasonData(_ alarm: Alarm, now: Timestamp) -> JSONValue {
    let date = { (instant: Timestamp) in JSONValue.string("\(instant.iso8601(.milliseconds).dropLast())+0000") }
    var object: JSONObject = ["version": "1.0", "queryDate": date(now)]
    if let first = evaluated.last { object["startDate"] = date(first.start) }
    if alarm.statistic.hasPrefix("p") {
      object["extendedStatistic"] = .string(alarm.statistic)
    } else {
      object["statistic"] = .string(alarm.statistic)
    }
    if let unit = alarm.unit { object["unit"] = .string(unit) }
    object["period"] = .int(Int64(alarm.period))
    object["recentDatapoints"] = .array(evaluated.reversed().compactMap { $0.value.map { .double($0) } })
    object["threshold"] = .double(alarm.threshold)
    object["evaluatedDatapoints"] = .array(
      evaluated.map { point in
        var one: JSONObject = ["timestamp": date(point.start)]
        if let value = point.value {
          one["sampleCount"] = .double(point.count)
          one["value"] = .double(value)
        }
        return .object(one)
      })
    return .object(object)
  }
}
