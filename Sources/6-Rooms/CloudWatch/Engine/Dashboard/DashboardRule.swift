import JSON

/// What a part of a dashboard's document must be.
indirect enum DashboardRule: Sendable {
  case any
  /// So many characters.
  case string(ClosedRange<Int>)
  case choice([String])
  case integer(ClosedRange<Int64>)
  case number
  case bool
  /// A string, a number or a Boolean.
  case scalar
  /// `#rgb` or `#rrggbb`.
  case color
  /// 1, 5, 10, 20, 30 or a multiple of 60 seconds.
  case period
  case statistic
  /// `+0130`
  case offset
  case list(DashboardRule, ClosedRange<Int>)
  /// One of the two, told apart by whether it is a list.
  case either(list: DashboardRule, other: DashboardRule)
  case object([Member])
  /// Rules of a kind of its own: see `MetricRows`.
  case metricRows

  struct Member: Sendable {
    var name: String
    var rule: DashboardRule
    var isRequired = false

    init(_ name: String, _ rule: DashboardRule, required: Bool = false) {
      self.name = name
      self.rule = rule
      isRequired = required
    }
  }
}

/// What is wrong with a dashboard's document, or was not understood, and where.
struct DashboardFinding: Hashable, Sendable {
  /// `/widgets/0/properties/metrics/0`
  var path: String
  var message: String
}

/// Compares a document with rules and notes every finding, in the words of AWS's validation.
///
/// Source: Amazon CloudWatch API Reference, PutDashboard and "Dashboard Body Structure and Syntax".
struct DashboardCheck {
  private(set) var errors: [DashboardFinding] = []
  private(set) var warnings: [DashboardFinding] = []
  private static let most = 500

  mutating func error(_ path: String, _ message: String) {
    if errors.count < Self.most { errors.append(DashboardFinding(path: path, message: message)) }
  }
  mutating func warning(_ path: String, _ message: String) {
    if warnings.count < Self.most { warnings.append(DashboardFinding(path: path, message: message)) }
  }

  mutating func check(_ value: JSONValue, _ rule: DashboardRule, _ path: String) {
    switch rule {
    case .any: break
    case .string(let range): text(value, range, path)
    case .choice(let values):
      guard let text = value.string else { return error(path, "Should be string") }
      if !values.contains(text) { error(path, "Should be equal to one of the allowed values: \(values.joined(separator: ", "))") }
    case .integer(let range):
      guard let number = value.int else { return error(path, "Should be integer") }
      bounds(number, range, path)
    case .number: if value.double == nil { error(path, "Should be number") }
    case .bool: if value.bool == nil { error(path, "Should be boolean") }
    case .scalar:
      if value.string == nil, value.double == nil, value.bool == nil { error(path, "Should be string,number,boolean") }
    case .color: if !DashboardRule.isColor(value) { error(path, "Should match pattern \"^#(([0-9a-fA-F]{3}){1,2})$\"") }
    case .period: if !DashboardRule.isPeriod(value) { error(path, "Should be 1, 5, 10, 20, 30 or a multiple of 60") }
    case .statistic: if !DashboardRule.isStatistic(value) { error(path, "Should be a valid statistic") }
    case .offset: if !DashboardRule.isOffset(value) { error(path, "Should match pattern \"^[+-][0-9]{4}$\"") }
    case .list(let element, let range): list(value, element, range, path)
    case .either(let list, let other): if case .array = value { check(value, list, path) } else { check(value, other, path) }
    case .object(let members): object(value, members, path)
    case .metricRows: MetricRows.check(value, path, &self)
    }
  }

  private mutating func text(_ value: JSONValue, _ range: ClosedRange<Int>, _ path: String) {
    guard let text = value.string else { return error(path, "Should be string") }
    if text.utf16.count < range.lowerBound { error(path, "Should NOT be shorter than \(range.lowerBound) characters") }
    if text.utf16.count > range.upperBound { error(path, "Should NOT be longer than \(range.upperBound) characters") }
  }

  private mutating func bounds(_ number: Int64, _ range: ClosedRange<Int64>, _ path: String) {
    if number < range.lowerBound { error(path, "Should be >= \(range.lowerBound)") }
    if number > range.upperBound { error(path, "Should be <= \(range.upperBound)") }
  }

  mutating func list(_ value: JSONValue, _ element: DashboardRule, _ range: ClosedRange<Int>, _ path: String) {
    guard let elements = value.array else { return error(path, "Should be array") }
    if elements.count < range.lowerBound { error(path, "Should NOT have less than \(range.lowerBound) items") }
    if elements.count > range.upperBound { return error(path, "Should NOT have more than \(range.upperBound) items") }
    for (position, one) in elements.enumerated() { check(one, element, "\(path)/\(position)") }
  }

  private mutating func object(_ value: JSONValue, _ members: [DashboardRule.Member], _ path: String) {
    guard let object = value.object else { return error(path, "Should be object") }
    for member in members {
      guard let value = object[member.name] else {
        if member.isRequired { error(path, "Should have required property '\(member.name)'") }
        continue
      }
      check(value, member.rule, "\(path)/\(member.name)")
    }
    unknown(object, members.map(\.name), path)
  }

  mutating func unknown(_ object: JSONObject, _ known: [String], _ path: String) {
    for name in object.keys where !known.contains(name) {
      let place = path.hasPrefix("/widgets/") ? " to be part of a widget definition" : ""
      warning(path, "The \"\(name.prefix(255))\" property is not expected\(place), will be ignored")
    }
  }
}
