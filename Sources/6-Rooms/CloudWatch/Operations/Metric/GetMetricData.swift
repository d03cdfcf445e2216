import JSON
import Series
import ServiceKit
import Store
import Time

/// Values of many metrics over time. Source: Amazon CloudWatch API Reference, GetMetricData.
///
/// Differs: metric math, SEARCH and Metrics Insights are refused by name; queries of one metric each are served.
struct GetMetricData: AsyncOperation {
  struct Input: Shape {
    var metricDataQueries: [Query]
    var startTime: Timestamp
    var endTime: Timestamp
    var nextToken: String?
    var scanBy: String?
    var maxDatapoints: Int?
    var labelOptions: JSONValue?
    static var limits: [Limit<Self>] {
      [
        .oneOf("scanBy", \.scanBy, ["TimestampDescending", "TimestampAscending"]),
        .count("metricDataQueries", \.metricDataQueries, 1...500),
      ]
    }
  }
  struct Query: Shape {
    var id: String
    var metricStat: MetricStat?
    var expression: String?
    var label: String?
    var returnData: Bool?
    var period: Int?
    var accountId: String?
  }
  struct MetricStat: Shape {
    var metric: MetricShape
    var period: Int
    var stat: String
    var unit: String?
  }
  struct Output: Shape {
    var metricDataResults: [Series]
    var nextToken: String?
    var messages: [JSONValue] = []
  }
  struct Series: Shape {
    var id: String
    var label: String
    var timestamps: [Timestamp]
    var values: [Double]
    var statusCode: String
  }
  private static let most = 100_800

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    guard input.startTime < input.endTime else {
      throw Fault.broken("The parameter StartTime must be less than the parameter EndTime.")
    }
    guard Set(input.metricDataQueries.map(\.id)).count == input.metricDataQueries.count else {
      throw Fault.broken("The values for parameter id in MetricDataQueries are not unique.")
    }
    let shown = input.metricDataQueries.filter { $0.returnData ?? true }
    let limit = min(max(input.maxDatapoints ?? most, 1), most)
    let scope = "cloudwatch.data/\(call.partition.text)"
    let first = try input.nextToken.map { try start($0, scope, call) } ?? (query: 0, point: 0)
    var left = limit
    var results: [Series] = []
    var next: (query: Int, point: Int)?
    for (position, query) in shown.enumerated() where position >= first.query {
      let points = try points(query, input, call)
      let skip = position == first.query ? first.point : 0
      let page = points.dropFirst(skip).prefix(left)
      left -= page.count
      let isCut = skip + page.count < points.count
      results.append(
        Series(
          id: query.id, label: query.label ?? query.metricStat?.metric.metricName ?? query.id, timestamps: page.map(\.start),
          values: page.map(\.value), statusCode: isCut ? "PartialData" : "Complete"))
      if isCut {
        next = (position, skip + page.count)
        break
      }
    }
    let token = next.map { call.room.context.tokens.seal([String($0.query), String($0.point)], for: scope) }
    return Output(metricDataResults: results, nextToken: token)
  }

  private static func start(_ token: String, _ scope: String, _ call: AsyncCall<CloudWatch>) throws -> (query: Int, point: Int) {
    guard let parts = try? call.room.context.tokens.open(parts: token, for: scope), parts.count == 2, let query = Int(parts[0]),
      let point = Int(parts[1])
    else { throw Fault("InvalidNextToken", "The service token is invalid: it must be the one the call before answered.") }
    return (query, point)
  }

  private static func points(
    _ query: Query, _ input: Input, _ call: AsyncCall<CloudWatch>
  ) throws -> [(start: Timestamp, value: Double, count: Double)] {
    guard let id = query.id.unicodeScalars.first, ("a"..."z").contains(id) else {
      throw Fault.broken("The value '\(query.id)' for parameter MetricDataQueries.Id must begin with a lower-case letter.")
    }
    if query.expression != nil {
      throw Fault.broken("Metric math expressions are not served by Martlet yet: query '\(query.id)' needs a MetricStat.")
    }
    guard let stat = query.metricStat, let namespace = stat.metric.namespace, let name = stat.metric.metricName else {
      throw Fault.broken("The query '\(query.id)' needs a MetricStat with Namespace and MetricName.")
    }
    try Period.check(stat.period, "MetricDataQueries.\(query.id).MetricStat.Period")
    let points = try call.room.points(
      MetricKey(call.partition, namespace, name, stat.metric.dimensions), try Statistic(stat.stat),
      from: aligned(input.startTime, stat.period), to: input.endTime, period: stat.period, unit: stat.unit == "None" ? nil : stat.unit)
    return input.scanBy == "TimestampAscending" ? points : points.reversed()
  }

  /// The start of the period that the instant is in.
  static func aligned(_ instant: Timestamp, _ period: Int) -> Timestamp {
    let length = Int64(period)
    return Timestamp(seconds: instant.seconds - ((instant.seconds % length) + length) % length)
  }
}
