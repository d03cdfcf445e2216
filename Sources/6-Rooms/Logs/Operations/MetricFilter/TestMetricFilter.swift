import FilterPattern
import ServiceKit

/// Says which messages a pattern matches, and what it takes out of them. Source: Amazon CloudWatch Logs API Reference, TestMetricFilter.
struct TestMetricFilter: Operation {
  struct Input: Shape {
    var filterPattern: String
    var logEventMessages: [String]
    static var limits: [Limit<Self>] {
      [
        .length("filterPattern", \.filterPattern, 0...1_024), .count("logEventMessages", \.logEventMessages, 1...50),
        .each("logEventMessages", \.logEventMessages, 1...Int.max),
      ]
    }
  }
  struct Output: Shape { var matches: [Match] }
  struct Match: Shape {
    var eventNumber: Int
    var eventMessage: String
    var extractedValues: [String: String]
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let pattern: FilterPattern
    do { pattern = try FilterPattern(input.filterPattern) } catch {
      throw Fault.parameter("\(error.message(for: .metricFilter)): \(error.reason), at character \(error.offset + 1)")
    }
    return Output(
      matches: input.logEventMessages.enumerated().compactMap { position, message in
        pattern.match(message).map { Match(eventNumber: position + 1, eventMessage: message, extractedValues: $0.extractedValues) }
      })
  }
}
