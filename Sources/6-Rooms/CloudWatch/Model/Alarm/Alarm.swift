import JSON
import Series
import ServiceKit
import Store
import Time

/// An alarm on a metric, a metric math expression, an anomaly detection band or a Metrics Insights query, with its state.
struct Alarm: AlarmRecord {
  static let kind = "cloudwatch.alarm"
  static let type = AlarmType.metric
  var name: String
  var description: String?
  var actionsEnabled: Bool
  var okActions: [String]
  var alarmActions: [String]
  var insufficientDataActions: [String]
  /// These to `period` for an alarm on one metric.
  var namespace: String?
  var metricName: String?
  var dimensions: [DimensionShape]?
  /// As given: `Average`, `p99`, `TM(10%:90%)`.
  var statistic: String?
  var unit: String?
  /// Seconds.
  var period: Int?
  /// For all others.
  var metrics: [AlarmQuery]?
  /// The query that is the band to compare with; nil for a threshold.
  var thresholdMetricId: String?
  var evaluationPeriods: Int
  /// Nil: all of them.
  var datapointsToAlarm: Int?
  var threshold: Double?
  var comparison: Comparison
  var treatMissingData: MissingData?
  var evaluateLowSampleCountPercentile: String?
  /// Nil for a window that slides.
  var wallClock: EvaluationWindow.WallClock?
  var warmUp: WarmUpConfiguration?
  /// When the warm-up began, and whether it ended before its time because the data was complete.
  var warmUpBegan: Timestamp?
  var warmUpEnded: Bool?
  var actionConfiguration: ActionConfiguration?
  /// Names the one metric in events.
  var queryId: String?
  var tags: [String: String]
  var configured: Timestamp
  var state: AlarmState
  var stateReason: String
  var stateReasonData: JSONValue?
  var stateUpdated: Timestamp
  var transitioned: Timestamp
  var held: HeldActions?

  var indexes: [String: String] { ["state": state.rawValue] }

  /// What the alarm judges by, without its state: whether two alarms are the same but for when and how they are.
  func isConfigured(as other: Alarm) -> Bool {
    var other = other
    (other.configured, other.state, other.stateReason, other.stateReasonData) = (configured, state, stateReason, stateReasonData)
    (other.stateUpdated, other.transitioned, other.held) = (stateUpdated, transitioned, held)
    (other.tags, other.queryId, other.warmUpBegan, other.warmUpEnded) = (tags, queryId, warmUpBegan, warmUpEnded)
    return (try? JSONValue(encoding: self)) == (try? JSONValue(encoding: other))
  }
}

extension Alarm {
  enum Comparison: String, Codable, Sendable, CaseIterable {
    case greaterOrEqual = "GreaterThanOrEqualToThreshold"
    case greater = "GreaterThanThreshold"
    case less = "LessThanThreshold"
    case lessOrEqual = "LessThanOrEqualToThreshold"
    case outside = "LessThanLowerOrGreaterThanUpperThreshold"
    case below = "LessThanLowerThreshold"
    case above = "GreaterThanUpperThreshold"

    /// Whether it compares with a band.
    var needsBand: Bool { [.outside, .below, .above].contains(self) }

    func holds(_ value: Double, _ threshold: Double) -> Bool {
      switch self {
      case .greaterOrEqual: value >= threshold
      case .greater: value > threshold
      case .less: value < threshold
      case .lessOrEqual: value <= threshold
      case .outside, .below, .above: false
      }
    }

    func leaves(_ value: Double, lower: Double, upper: Double) -> Bool {
      switch self {
      case .outside: value < lower || value > upper
      case .below: value < lower
      case .above: value > upper
      default: false
      }
    }

    var words: String {
      switch self {
      case .greaterOrEqual: "greater than or equal to"
      case .greater: "greater than"
      case .less: "less than"
      case .lessOrEqual: "less than or equal to"
      case .outside, .below, .above: "outside of"
      }
    }
  }

  enum MissingData: String, Codable, Sendable, CaseIterable {
    case breaching, notBreaching, ignore, missing
  }
}
