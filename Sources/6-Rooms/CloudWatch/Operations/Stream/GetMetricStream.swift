import ServiceKit
import Store
import Time

/// Answers a metric stream. Source: Amazon CloudWatch API Reference, GetMetricStream.
struct GetMetricStream: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...255)] }
  }
  struct Output: Shape {
    var arn: String
    var name: String
    var includeFilters: [MetricStreamFilter]
    var excludeFilters: [MetricStreamFilter]
    var firehoseArn: String
    var roleArn: String
    var state: String
    var creationDate: Timestamp
    var lastUpdateDate: Timestamp
    var outputFormat: String
    var statisticsConfigurations: [StatisticsConfiguration]
    var includeLinkedAccountsMetrics: Bool
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    guard let stream = try call.get(MetricStream.self, input.name) else {
      throw Fault("ResourceNotFoundException", "The metric stream \(input.name) does not exist.", status: 404)
    }
    return Output(
      arn: stream.arn(call.partition).description, name: stream.name, includeFilters: stream.includeFilters,
      excludeFilters: stream.excludeFilters, firehoseArn: stream.target, roleArn: stream.roleArn, state: stream.state.rawValue,
      creationDate: stream.created, lastUpdateDate: stream.updated, outputFormat: stream.outputFormat,
      statisticsConfigurations: stream.statistics, includeLinkedAccountsMetrics: stream.includesLinkedAccounts)
  }
}
