import JSON
import MetricMath
import Series
import ServiceKit
import Store

/// The metrics and expressions of a widget as queries, with how each is to be drawn.
struct WidgetMetrics: Sendable {
  struct Style: Sendable {
    var color: String?
    var isRight = false
  }
  private(set) var queries: [DataQuery] = []
  /// By the ids of the queries.
  private(set) var styles: [String: Style] = [:]
  private let partition: Partition
  private let isStrict: Bool

  /// Throws ValidationError with the row that is wrong.
  ///
  /// - Parameters:
  ///   - properties: of a metric widget, or a MetricWidget document: the same by their format.
  ///   - period: seconds, where a metric has none of its own.
  init(_ properties: JSONObject, _ partition: Partition, period: Int, isStrict: Bool, overrides: Bool = false) throws(Fault) {
    self.partition = partition
    self.isStrict = isStrict
    let rows = properties["metrics"]?.array ?? []
    let taken = Set(rows.compactMap { $0.array?.last?["id"]?.string })
    let base = Base(
      period: period, overrides: overrides, statistic: properties["stat"]?.string ?? "Average", region: properties["region"]?.string,
      account: properties["accountId"]?.string)
    var before: [String] = []
    for (position, row) in rows.enumerated() {
      var id = "auto\(position + 1)"
      while taken.contains(id) { id += "x" }
      let elements = row.array ?? []
      let options = elements.last?.object ?? JSONObject()
      id = options["id"]?.string ?? id
      var names = elements.compactMap(\.string)
      var query = DataQuery(
        id: id, source: .expression(""), label: try Self.label(options["label"]?.string, position),
        returnsData: options["visible"]?.bool ?? true)
      if let expression = options["expression"]?.string {
        query.source = .expression(expression)
        query.period = Self.period(options["period"]) ?? period
      } else {
        names = Self.written(names, after: before)
        query.source = try metric(names, options, base, position)
        before = names
      }
      queries.append(query)
      styles[id] = Style(color: options["color"]?.string, isRight: options["yAxis"] == "right")
    }
    name()
  }

  private struct Base {
    var period: Int
    /// Whether the period holds for metrics with one of their own, too.
    var overrides: Bool
    var statistic: String
    var region: String?
    var account: String?
  }

  private static func period(_ value: JSONValue?) -> Int? { value?.int.flatMap { Int(exactly: $0) } }

  private static func label(_ text: String?, _ position: Int) throws(Fault) -> DynamicLabel? {
    guard let text else { return nil }
    do { return try DynamicLabel(text) } catch { throw .broken("The label of metric \(position + 1) of the widget is not valid: \(error)") }
  }

  /// The names with `.` and `...` replaced by what the row before has there.
  static func written(_ names: [String], after before: [String]) -> [String] {
    var full: [String] = []
    for (position, name) in names.enumerated() {
      switch name {
      case "...":
        let left = names.count - position - 1
        while full.count < before.count - left { full.append(before[full.count]) }
      case ".": full.append(full.count < before.count ? before[full.count] : ".")
      default: full.append(name)
      }
    }
    return full
  }

  private func metric(
    _ names: [String], _ options: JSONObject, _ base: Base, _ position: Int
  ) throws(Fault) -> DataQuery.Source {
    guard names.count >= 2, names.count % 2 == 0 else {
      throw .broken("Metric \(position + 1) of the widget needs a namespace, a name and pairs of dimension names and values.")
    }
    let own = Self.period(options["period"])
    let period = base.overrides ? max(base.period, own ?? 0) : own ?? base.period
    guard MathQuery.isPeriod(period) else {
      throw .broken("The period of metric \(position + 1) of the widget must be 1, 5, 10, 20, 30 or a multiple of 60, not \(period).")
    }
    let name = options["stat"]?.string ?? base.statistic
    guard let statistic = MetricStatistic(name) else {
      throw .broken("The statistic \(name.prefix(255)) of metric \(position + 1) of the widget is not supported.")
    }
    let account = options["accountId"]?.string ?? base.account ?? partition.account
    guard account == partition.account else { return .foreign(account: account, period: period) }
    let region = options["region"]?.string ?? base.region ?? partition.region
    let dimensions = stride(from: 2, to: names.count, by: 2).map { DimensionShape(name: names[$0], value: names[$0 + 1]) }
    let key = MetricKey(Partition(account: account, region: region), names[0], names[1], dimensions)
    return .metric(DataQuery.Metric(key: key, statistic: statistic, period: period, unit: nil))
  }

  /// Gives metrics without a label one that tells them apart.
  private mutating func name() {
    let plain = queries.filter { $0.label == nil && $0.returnsData }.compactMap(\.metric)
    let names = SeriesNames(plain.map(\.key))
    let areSame = Set(plain.map(\.key)).count < plain.count
    for position in queries.indices {
      guard queries[position].label == nil, let metric = queries[position].metric else { continue }
      let text = names.name(metric.key) + (areSame ? " \(metric.statistic)" : "")
      queries[position].label = try? DynamicLabel(text)
    }
  }
}
