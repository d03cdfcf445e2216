import JSON
import Time

/// What an alarm compares its data points by.
struct AlarmCondition: Sendable, Equatable {
  var evaluationPeriods: Int
  /// How many of them have to breach.
  var needed: Int
  var comparison: Alarm.Comparison
  /// Nil where data points have bounds of their own.
  var threshold: Double?
  var missing: Alarm.MissingData
  /// Below this many samples a percentile says too little to change the state; nil where that does not matter.
  var leastSamples: Double?
}

/// The judgement of an alarm over its data points: a pure function.
///
/// Source: Amazon CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
struct AlarmEvaluation: Equatable, Sendable {
  /// A data point: the start of its period and its value; nil when the period has none.
  struct Point: Equatable, Sendable {
    var start: Timestamp
    var value: Double?
    var count: Double = 0
    /// Of an anomaly detection band.
    var lower: Double?
    var upper: Double?
  }
  enum Verdict: Equatable, Sendable {
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
  init(_ range: [Point], _ condition: AlarmCondition) {
    let real = range.filter { $0.value != nil }
    if let least = condition.leastSamples, real.contains(where: { $0.count < least }) {
      self.init(verdict: .keep, evaluated: real, filled: 0, breaching: 0)
      return
    }
    let needed = condition.needed
    if real.count >= condition.evaluationPeriods {
      // Enough data: the latest of it decides, however missing data is treated.
      let used = Array(real.prefix(condition.evaluationPeriods))
      self.init(used, filled: 0, counted: used.count(where: condition.isBreached), needed: needed)
      return
    }
    let gaps = condition.evaluationPeriods - real.count
    let bad = real.count(where: condition.isBreached)
    switch condition.missing {
    case .breaching: self.init(real, filled: gaps, counted: bad + gaps, needed: needed)
    case .notBreaching: self.init(real, filled: gaps, counted: bad, needed: needed)
    case .missing, .ignore:
      let missing = condition.missing
      if real.isEmpty {
        self.init(verdict: missing == .ignore ? .keep : .state(.insufficientData), evaluated: [], filled: gaps, breaching: 0)
      } else if bad == real.count, bad < needed {
        // Nothing but bad news, and too little of it: old enough, it is an alarm all the same.
        let age = (range.lastIndex { $0.value != nil } ?? 0) + 1
        // Data that is younger says nothing yet: the next data point may be a good one.
        let verdict: Verdict = missing == .missing && age >= needed ? .state(.alarm) : .keep
        self.init(verdict: verdict, evaluated: real, filled: gaps, breaching: bad)
      } else {
        self.init(real, filled: gaps, counted: bad, needed: needed)
      }
    }
  }

  private init(_ used: [Point], filled: Int, counted: Int, needed: Int) {
    self.init(verdict: .state(counted >= needed ? .alarm : .ok), evaluated: used, filled: filled, breaching: counted)
  }

  private init(verdict: Verdict, evaluated: [Point], filled: Int, breaching: Int) {
    self.verdict = verdict
    self.evaluated = evaluated
    self.filled = filled
    self.breaching = breaching
  }
}

extension AlarmCondition {
  /// Whether a data point is beyond the threshold, or outside of its band.
  func isBreached(_ point: AlarmEvaluation.Point) -> Bool {
    guard let value = point.value else { return false }
    if let threshold { return comparison.holds(value, threshold) }
    guard let lower = point.lower, let upper = point.upper else { return false }
    return comparison.leaves(value, lower: lower, upper: upper)
  }
}
