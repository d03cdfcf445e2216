import MetricMath
import ServiceKit
import Store
import Time

/// Creates or changes a metric stream. Source: Amazon CloudWatch API Reference, PutMetricStream.
///
/// Differs: there is no Firehose. FirehoseArn is the ARN of an event bus, an API destination or a queue, or a URL that gets what Firehose
/// sends to HTTP endpoints.
struct PutMetricStream: Operation {
  struct Input: Shape {
    var name: String
    var includeFilters: [MetricStreamFilter]?
    var excludeFilters: [MetricStreamFilter]?
    var firehoseArn: String
    var roleArn: String
    var outputFormat: String
    var tags: [Tag]?
    var statisticsConfigurations: [StatisticsConfiguration]?
    var includeLinkedAccountsMetrics: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...255, TextPattern("[A-Za-z0-9_-]+", alphanumericsAnd: "-_")),
        .length("firehoseArn", \.firehoseArn, 1...1_024), .length("roleArn", \.roleArn, 1...1_024),
        .oneOf("outputFormat", \.outputFormat, ["json", "opentelemetry0.7", "opentelemetry1.0"]),
        .count("includeFilters", \.includeFilters, 0...1_000), .count("excludeFilters", \.excludeFilters, 0...1_000),
        .count("statisticsConfigurations", \.statisticsConfigurations, 0...100),
      ]
    }
  }
  struct Output: Shape { var arn: String }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let (include, exclude) = (input.includeFilters ?? [], input.excludeFilters ?? [])
    guard include.isEmpty || exclude.isEmpty else {
      throw Fault.invalidCombination("The parameters IncludeFilters and ExcludeFilters are mutually exclusive and you have specified both.")
    }
    guard StreamTarget(input.firehoseArn) != nil else {
      throw Fault.invalidValue(
        "The value \(input.firehoseArn) for parameter FirehoseArn is not a target that Martlet serves: name an event bus, an API destination, a queue, or an http or https URL."
      )
    }
    for name in (input.statisticsConfigurations ?? []).flatMap(\.additionalStatistics) {
      let statistic = MetricStatistic(name)
      var isServed = statistic?.isExtended == true
      // A summary of OpenTelemetry's has quantiles and no other statistics.
      if input.outputFormat != "json" { if case .percentile? = statistic {} else { isServed = false } }
      guard isServed else {
        throw Fault.invalidValue("The value \(name.prefix(255)) for parameter AdditionalStatistics is not supported.")
      }
    }
    let known = try call.get(MetricStream.self, input.name)
    let stream = MetricStream(
      name: input.name, includeFilters: include, excludeFilters: exclude, target: input.firehoseArn, roleArn: input.roleArn,
      outputFormat: input.outputFormat, statistics: input.statisticsConfigurations ?? [],
      includesLinkedAccounts: input.includeLinkedAccountsMetrics ?? false, state: known?.state ?? .running,
      created: known?.created ?? call.now,
      updated: call.now, tags: known?.tags ?? Tag.map(input.tags), through: known?.through ?? call.now.seconds / 60 * 60)
    if stream.tags.count > 50 { throw Fault.invalidValue("A resource has at most 50 tags.") }
    try call.put(stream)
    if stream.state == .running { try call.streamAgain(stream) }
    return Output(arn: stream.arn(call.partition).description)
  }
}
