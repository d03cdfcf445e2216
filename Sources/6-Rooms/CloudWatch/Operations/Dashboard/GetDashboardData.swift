import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// Everything that a dashboard shows, in one call: the data of each widget, or why it has none. An extension of Martlet's.
struct GetDashboardData: AsyncOperation {
  struct Input: Shape {
    /// One of the three: a dashboard's name, a document, the name of an automatic dashboard.
    var dashboardName: String?
    var dashboardBody: String?
    var automaticDashboardName: String?
    /// By default the dashboard's own time range, else the last three hours.
    var startTime: Timestamp?
    var endTime: Timestamp?
    /// Values of variables, by their ids.
    var variables: [String: JSONValue]?
    /// Which widgets, counted from 0; all when absent.
    var widgets: [Int]?
    static var limits: [Limit<Self>] { [.count("widgets", \.widgets, 0...500), .count("variables", \.variables, 0...25)] }
  }
  struct Output: Shape {
    var dashboardName: String?
    var startTime: Timestamp
    var endTime: Timestamp
    var variables: [JSONValue]
    var widgets: [WidgetData]
  }
  private static let atOnce = 4

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let body = try await body(input, call)
    let (document, _) = try DashboardDocument.read(body)
    let (start, end) = try range(input, document, call.now)
    let window = TimeWindow(start: start.seconds, end: end.seconds)
    let variables = document["variables"]?.array ?? []
    let chosen = input.widgets.map(Set.init)
    let widgets = (document["widgets"]?.array ?? []).enumerated().filter { chosen?.contains($0.offset) ?? true }
    let reading = WidgetReading(
      room: call.room, context: call.context, window: window,
      period: document["periodOverride"] == "inherit" ? nil : automaticPeriod(window))
    let values = input.variables ?? [:]
    // A few at once, so that a slow query holds up no more than itself.
    let data = await withTaskGroup(of: WidgetData.self) { group in
      var (found, waiting): ([WidgetData], Int) = ([], 0)
      for (index, widget) in widgets {
        if waiting >= atOnce, let one = await group.next() {
          found.append(one)
          waiting -= 1
        }
        group.addTask { await reading.read(DashboardVariables.apply(variables, values, to: widget), index) }
        waiting += 1
      }
      for await one in group { found.append(one) }
      return found.sorted { $0.index < $1.index }
    }
    return Output(
      dashboardName: input.dashboardName ?? input.automaticDashboardName, startTime: start, endTime: end, variables: variables,
      widgets: data)
  }

  private static func body(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> String {
    switch (input.dashboardName, input.dashboardBody, input.automaticDashboardName) {
    case (let name?, nil, nil):
      return try await call.read { call in
        guard let dashboard = try call.dashboard(name) else { throw Fault.dashboardNotFound(name) }
        return dashboard.body
      }
    case (nil, let body?, nil): return body
    case (nil, nil, let name?): return try await AutomaticDashboards(room: call.room, context: call.context).body(of: name)
    default: throw Fault.broken("Exactly one of DashboardName, DashboardBody and AutomaticDashboardName must be given.")
    }
  }

  private static func range(_ input: Input, _ document: JSONObject, _ now: Timestamp) throws(Fault) -> (start: Timestamp, end: Timestamp) {
    let end = input.endTime ?? document["end"]?.string.flatMap { DashboardTime.instant($0, now: now) } ?? now
    let start = input.startTime ?? document["start"]?.string.flatMap { DashboardTime.instant($0, now: end) } ?? end - .seconds(3 * 3_600)
    guard start < end else { throw .broken("The parameter StartTime must be less than the parameter EndTime.") }
    return (start, end)
  }

  /// A period with which a widget has at most some 1,500 points.
  private static func automaticPeriod(_ window: TimeWindow) -> Int {
    let wanted = (window.end - window.start) / 1_500
    return [60, 300, 900, 3_600, 6 * 3_600].first { $0 >= wanted } ?? 86_400
  }
}
