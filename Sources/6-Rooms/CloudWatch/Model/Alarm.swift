import JSON
import Series
import ServiceKit
import Store
import Time

enum AlarmState: String, Codable, Sendable {
  case ok = "OK"
  case alarm = "ALARM"
  case insufficientData = "INSUFFICIENT_DATA"
}

/// An alarm on one metric, with its state.
struct Alarm: Resource {
  static let kind = "cloudwatch.alarm"
  var name: String
  var description: String?
  var actionsEnabled: Bool
  var okActions: [String]
  var alarmActions: [String]
  var insufficientDataActions: [String]
  var namespace: String
  var metricName: String
  var dimensions: [DimensionShape]
  /// As given: `Average`, `p99`.
  var statistic: String
  var unit: String?
  /// Seconds.
  var period: Int
  var evaluationPeriods: Int
  /// Nil: all of them.
  var datapointsToAlarm: Int?
  var threshold: Double
  var comparison: Comparison
  var treatMissingData: MissingData?
  var evaluateLowSampleCountPercentile: String?
  var tags: [String: String]
  var configured: Timestamp
  var state: AlarmState
  var stateReason: String
  var stateReasonData: JSONValue?
  var stateUpdated: Timestamp
  var transitioned: Timestamp

  enum Comparison: String, Codable, Sendable, CaseIterable {
    case greaterOrEqual = "GreaterThanOrEqualToThreshold"
    case greater = "GreaterThanThreshold"
    case less = "LessThanThreshold"
    case lessOrEqual = "LessThanOrEqualToThreshold"

    func holds(_ value: Double, _ threshold: Double) -> Bool {
      switch self {
      case .greaterOrEqual: value >= threshold
      case .greater: value > threshold
      case .less: value < threshold
      case .lessOrEqual: value <= threshold
      }
    }
    var words: String {
      switch self {
      case .greaterOrEqual: "greater than or equal to"
      case .greater: "greater than"
      case .less: "less than"
      case .lessOrEqual: "less than or equal to"
      }
    }
  }
  enum MissingData: String, Codable, Sendable, CaseIterable {
    case breaching, notBreaching, ignore, missing
  }

  var key: String { name }
  var indexes: [String: String] { ["state": state.rawValue] }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "cloudwatch", region: partition.region, account: partition.account, resource: "alarm:\(name)")
  }
  func metric(_ partition: Partition) -> MetricKey { MetricKey(partition, namespace, metricName, dimensions) }
  func history(_ partition: Partition) -> LedgerStream { LedgerStream("cloudwatch.alarm-history/\(name)", in: partition) }
  /// How often it is judged.
  var cadence: Int { period < 60 ? max(period, 10) : 60 }

  func actions(for state: AlarmState) -> [String] {
    switch state {
    case .ok: okActions
    case .alarm: alarmActions
    case .insufficientData: insufficientDataActions
    }
  }
}

/// One line of an alarm's history.
struct AlarmHistoryRecord: Codable, Sendable {
  var at: Timestamp
  /// `ConfigurationUpdate`, `StateUpdate` or `Action`.
  var type: String
  var summary: String
  var data: String
}

extension Call where Home == CloudWatch {
  func record(_ alarm: Alarm, _ type: String, _ summary: String, _ data: JSONValue) throws {
    let record = AlarmHistoryRecord(at: now, type: type, summary: summary, data: data.text)
    try transaction.append([try JSONValue(encoding: record).bytes], to: alarm.history(partition), expected: nil)
  }
}
