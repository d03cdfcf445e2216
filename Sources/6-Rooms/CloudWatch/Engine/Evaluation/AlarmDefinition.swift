import MetricMath
import Series
import ServiceKit
import Store

/// What an alarm watches and by what it judges, made ready to be evaluated.
struct AlarmDefinition: Sendable {
  struct Metric: Sendable {
    var key: MetricKey
    var statistic: MetricMath.Statistic
    /// The statistic as given.
    var name: String
    var unit: String?
    var period: Int
  }
  enum Source: Sendable {
    case metric(Metric)
    case math(AlarmMath)
  }
  var source: Source
  /// Seconds between data points.
  var period: Int
  var condition: AlarmCondition
  var window = AlarmWindow.sliding
  /// Nil when it is over or was never wanted.
  var warmUp: AlarmWarmUp?

  /// Periods that are looked at.
  var range: Int { condition.evaluationPeriods + AlarmEvaluation.reserve }

  /// Seconds between evaluations: a minute, ten seconds for periods of less, an hour where more than a day is looked at.
  ///
  /// Source: Amazon CloudWatch User Guide, "Alarm evaluation".
  var cadence: Int {
    if period < 60 { return 10 }
    return period * condition.evaluationPeriods > 86_400 ? 3_600 : 60
  }

  /// Throws ValidationError with AWS's sentence for what no alarm can watch.
  init(_ alarm: Alarm, _ partition: Partition) throws(Fault) {
    if let metrics = alarm.metrics {
      let math = try AlarmMath(metrics, threshold: alarm.thresholdMetricId, partition)
      source = .math(math)
      period = math.period
    } else {
      guard let namespace = alarm.namespace, let name = alarm.metricName, let statistic = alarm.statistic, let length = alarm.period else {
        throw .broken("MetricName, Namespace, Statistic or ExtendedStatistic, and Period are required for an alarm on one metric.")
      }
      source = .metric(
        Metric(
          key: MetricKey(partition, namespace, name, alarm.dimensions), statistic: try Self.statistic(statistic), name: statistic,
          unit: alarm.unit, period: length))
      period = length
    }
    condition = AlarmCondition(
      evaluationPeriods: alarm.evaluationPeriods, needed: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
      comparison: alarm.comparison, threshold: alarm.thresholdMetricId == nil ? alarm.threshold : nil,
      missing: alarm.treatMissingData ?? Self.defaultMissing(alarm), leastSamples: Self.leastSamples(alarm))
    if let clock = alarm.wallClock {
      guard Self.wallClockPeriods.contains(period) else {
        throw .broken("A wall clock window needs a Period of 60, 300, 3600, 86400 or 604800 seconds, not \(period).")
      }
      window = .wallClock(try AlarmZone(clock.timezone ?? "UTC"))
    }
    warmUp = AlarmWarmUp(alarm)
  }

  private static let wallClockPeriods = [60, 300, 3_600, 86_400, 604_800]

  static func statistic(_ name: String) throws(Fault) -> MetricMath.Statistic {
    guard let statistic = MetricMath.Statistic(name) else {
      throw .broken("The value \(name.prefix(255)) for parameter Stat is not supported.")
    }
    return statistic
  }

  /// Alarms on metrics of AWS/DynamoDB ignore missing data.
  /// Source: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
  private static func defaultMissing(_ alarm: Alarm) -> Alarm.MissingData {
    let namespaces = alarm.metrics?.compactMap { $0.metricStat?.metric.namespace } ?? [alarm.namespace].compactMap { $0 }
    return !namespaces.isEmpty && namespaces.allSatisfy { $0 == "AWS/DynamoDB" } ? .ignore : .missing
  }

  /// Source: Amazon CloudWatch User Guide, "Percentile-based CloudWatch alarms and low data samples".
  private static func leastSamples(_ alarm: Alarm) -> Double? {
    guard alarm.evaluateLowSampleCountPercentile == "ignore", let name = alarm.statistic,
      case .percentile(let percent)? = MetricMath.Statistic(name), percent > 0, percent < 100
    else { return nil }
    return percent >= 50 ? 10 / (1 - percent / 100) : 10 / (percent / 100)
  }
}
