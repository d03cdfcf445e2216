import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Values of metrics and of expressions over them: metric math, SEARCH, Metrics Insights. Source: Amazon CloudWatch API Reference, GetMetricData.
///
/// Differs: periods begin at multiples of their length since 1970. Searches and queries find the metrics that have samples in the time
/// asked for, however long ago. A band without an anomaly detector is of a model trained for the answer.
struct GetMetricData: AsyncOperation {
  struct Input: Shape {
    var metricDataQueries: [Query]
    var startTime: Timestamp
    var endTime: Timestamp
    var nextToken: String?
    var scanBy: String?
    var maxDatapoints: Int?
    var labelOptions: LabelOptions?
    static var limits: [Limit<Self>] {
      [
        .oneOf("scanBy", \.scanBy, ["TimestampDescending", "TimestampAscending"]),
        .count("metricDataQueries", \.metricDataQueries, 1...500),
      ]
    }
  }
  struct LabelOptions: Shape { var timezone: String? }
  struct Query: Shape {
    var id: String
    var metricStat: MetricStat?
    var expression: String?
    var label: String?
    var returnData: Bool?
    var period: Int?
    var accountId: String?
    static var limits: [Limit<Self>] { [.length("id", \.id, 1...255)] }
  }
  struct MetricStat: Shape {
    var metric: MetricShape
    var period: Int
    var stat: String
    var unit: String?
    static var limits: [Limit<Self>] { [.oneOf("unit", \.unit, StandardUnit.names)] }
  }
  struct Output: Shape {
    var metricDataResults: [Series]
    var nextToken: String?
    var messages: [DataResult.Message] = []
  }
  static let most = 100_800
  /// As far as it is known what is to be read; what takes longer leaves the caller's thread then.
  static let isBrief = true

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    guard input.startTime < input.endTime else {
      throw Fault.broken("The parameter StartTime must be less than the parameter EndTime.")
    }
    if let most = input.maxDatapoints, most < 1 {
      throw Fault.broken("The parameter MaxDatapoints must be greater than or equal to 1.")
    }
    let queries = try input.metricDataQueries.enumerated().map { try checked($1, "MetricDataQueries.member.\($0 + 1)", call) }
    let reader = MetricReader(call.room, call.partition, now: call.now)
    let run = try DataRun(queries, in: window(input, queries, call), reader, call.room, offset: offset(input.labelOptions))
    if call.enforcesQuotas, run.plan.insights.count > 1 {
      throw Fault.broken("A request can have one Metrics Insights query.")
    }
    if !run.isBrief { await Task.yield() }
    let answer = try await run.answer()
    let isAscending = input.scanBy == "TimestampAscending"
    let scope = "cloudwatch.data/\(call.partition.text)"
    let first = try input.nextToken.map { try DataPage.Place(token: $0, scope, call.room.context.tokens) }
    let page = DataPage(
      answer.results, from: first, isAscending: isAscending, most: min(input.maxDatapoints ?? most, most))
    return Output(
      metricDataResults: page.series, nextToken: page.next?.token(scope, call.room.context.tokens), messages: answer.messages)
  }

  private static func offset(_ options: LabelOptions?) throws(Fault) -> Int {
    guard let text = options?.timezone else { return 0 }
    guard let offset = DynamicLabel.offset(text) else {
      throw .broken("The value \(text) for parameter LabelOptions.Timezone is not valid: it is a sign and four digits, such as +0130.")
    }
    return offset
  }

  /// The time asked for, its start rounded down to minutes, or coarser the longer ago it is, as AWS does.
  private static func window(_ input: Input, _ queries: [DataQuery], _ call: AsyncCall<CloudWatch>) -> TimeWindow {
    let isFine = queries.contains { ($0.metric?.period ?? $0.period ?? 60) < 60 }
    let age = call.now.seconds - input.startTime.seconds
    let day: Int64 = 86_400
    let step: Int64 = isFine ? 1 : !call.enforcesQuotas || age < 15 * day ? 60 : age < 63 * day ? 300 : 3_600
    let start = input.startTime.seconds
    let end = input.endTime.microseconds > input.endTime.seconds &* 1_000_000 ? input.endTime.seconds + 1 : input.endTime.seconds
    return TimeWindow(start: start - ((start % step) + step) % step, end: end)
  }

  /// Throws ValidationError.
  private static func checked(_ query: Query, _ place: String, _ call: AsyncCall<CloudWatch>) throws(Fault) -> DataQuery {
    let label: DynamicLabel?
    do { label = try query.label.map { text throws(MetricMathError) in try DynamicLabel(text) } } catch {
      throw .broken("The value for parameter \(place).Label is not valid: \(error)")
    }
    var checked = DataQuery(
      id: query.id, source: .expression(""), label: label, returnsData: query.returnData ?? true, period: query.period)
    if let period = query.period, !MathQuery.isPeriod(period) { throw Self.period("\(place).Period", period) }
    switch (query.metricStat, query.expression) {
    case (.some, .some):
      throw .broken("The parameters \(place).MetricStat and \(place).Expression are mutually exclusive and you have specified both.")
    case (nil, nil):
      throw .broken("At least one of the parameters \(place).MetricStat and \(place).Expression must be specified.")
    case (nil, let expression?):
      let most = call.enforcesQuotas ? 2_048 : 16_384
      guard (1...most).contains(expression.utf16.count) else {
        throw .broken("The parameter \(place).Expression must have 1 to \(most) characters.")
      }
      checked.source = .expression(expression)
    case (let stat?, nil):
      let metric = try metric(stat, "\(place).MetricStat", call)
      let account = query.accountId ?? call.caller.account
      checked.source = account == call.caller.account ? .metric(metric) : .foreign(account: account, period: metric.period)
      if let period = query.period, period != metric.period {
        throw .broken("The parameter \(place).Period can not be given together with \(place).MetricStat, which has a Period of its own.")
      }
      checked.period = nil
    }
    return checked
  }

  private static func metric(_ stat: MetricStat, _ place: String, _ call: AsyncCall<CloudWatch>) throws(Fault) -> DataQuery.Metric {
    guard let namespace = stat.metric.namespace, let name = stat.metric.metricName else {
      throw .broken("The parameters \(place).Metric.Namespace and \(place).Metric.MetricName are required.")
    }
    guard MathQuery.isPeriod(stat.period) else { throw period("\(place).Period", stat.period) }
    guard let statistic = MetricStatistic(stat.stat) else {
      throw .broken("The value \(stat.stat.prefix(255)) for parameter \(place).Stat is not supported.")
    }
    return DataQuery.Metric(
      key: MetricKey(call.partition, namespace, name, stat.metric.dimensions), statistic: statistic, period: stat.period, unit: stat.unit)
  }

  private static func period(_ place: String, _ period: Int) -> Fault {
    .broken("The parameter \(place) must be 1, 5, 10, 20, 30 or a multiple of 60 up to 8640000, not \(period).")
  }

  /// The start of the period that the instant is in.
  static func aligned(_ instant: Timestamp, _ period: Int) -> Timestamp {
    let length = Int64(period)
    return Timestamp(seconds: instant.seconds - ((instant.seconds % length) + length) % length)
  }
}
