/// A query as commands, in order.
struct Query: Sendable {
  var source: LogGroupSelection?
  var commands: [Command] = []
}

/// Which log groups a query names by itself. Source: CloudWatch Logs User Guide, SOURCE.
public struct LogGroupSelection: Sendable, Equatable {
  /// Names of groups begin with one of these; empty means all.
  public var namePrefixes: [String] = []
  public var accountIdentifiers: [String] = []
  /// STANDARD (the default), INFREQUENT_ACCESS or DELIVERY.
  public var classes: [String] = []
}

/// A command and where it stands.
struct Command: Sendable {
  enum Kind: Sendable {
    case fields([Column])
    case display([Column])
    case filter(Expression)
    case parse(source: Expression, ParsePattern, names: [Name])
    case stats([Column], by: [Column])
    case sort([SortKey])
    case limit(Int)
    case dedup([FieldPath])
    case pattern(Expression)
    case diff(DiffPeriod)
    case unnest(Expression, into: Name)
    case lookup(table: Name, on: [(column: String, field: FieldPath)], output: [Name])
    case unmask([Column])
    case filterIndex([IndexCondition])
  }
  var kind: Kind
  var range: Range<Int>

  /// Source: CloudWatch Logs User Guide, "Logs Insights QL commands supported in log classes".
  var standardName: String? {
    switch kind {
    case .pattern: "pattern"
    case .diff: "diff"
    case .filterIndex: "filterIndex"
    case .unmask: "unmask"
    default: nil
    }
  }
}

struct Name: Sendable {
  var text: String
  var range: Range<Int>
}

/// An expression with the name of the column it makes.
struct Column: Sendable {
  var expression: Expression
  var alias: Name?
  /// As written.
  var text: String
}

struct SortKey: Sendable {
  var expression: Expression
  var descending: Bool
  var text: String
}

struct IndexCondition: Sendable {
  var field: FieldPath
  var values: [String]
}

/// With which time range `diff` compares.
public enum DiffPeriod: String, Sendable {
  case previous
  case previousDay
  case previousWeek
  case previousMonth
}

enum ParsePattern: Sendable {
  /// The literal parts between the `*`, one more than there are `*`.
  case glob([[UInt8]])
  case regex(Regex)
}

/// The name of a field: parts as `a.b.0` has three.
struct FieldPath: Sendable, Hashable {
  var parts: [String]
  /// As results name it.
  var text: String
  var range: Range<Int>

  static func == (left: FieldPath, right: FieldPath) -> Bool { left.parts == right.parts }
  func hash(into hasher: inout Hasher) { hasher.combine(parts) }
}

indirect enum Expression: Sendable {
  case field(FieldPath)
  case number(Double, Range<Int>)
  case string([UInt8], Range<Int>)
  case bool(Bool, Range<Int>)
  case period(Period, Range<Int>)
  /// `*`, which only `count` takes.
  case all(Range<Int>)
  case call(String, [Expression], Range<Int>)
  case unary(UnaryOperator, Expression, Range<Int>)
  case binary(BinaryOperator, Expression, Expression, Range<Int>)
  case like(Expression, [UInt8], negated: Bool, Range<Int>)
  case matches(Expression, Regex, negated: Bool, Range<Int>)
  case within(Expression, [Expression], negated: Bool, Range<Int>)

  var range: Range<Int> {
    switch self {
    case .field(let path): path.range
    case .number(_, let range), .string(_, let range), .bool(_, let range), .period(_, let range), .all(let range): range
    case .call(_, _, let range), .unary(_, _, let range), .binary(_, _, _, let range): range
    case .like(_, _, _, let range), .matches(_, _, _, let range), .within(_, _, _, let range): range
    }
  }
}

enum UnaryOperator: Sendable {
  case not
  case minus
}

enum BinaryOperator: Sendable {
  case and, or
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case add, subtract, multiply, divide, power, remainder
}

/// A length of time: a count of a unit.
struct Period: Sendable, Hashable {
  enum Unit: Sendable {
    case millisecond, second, minute, hour, day, week, month, quarter, year
  }
  var count: Int64
  var unit: Unit

  /// Nil unless the unit is one that AWS names.
  init?(count: Int64, unit name: String) {
    guard count > 0, count <= 1_000_000_000 else { return nil }
    let name = name.lowercased()
    let singular = name.count > 2 && name.hasSuffix("s") && name != "ms" ? String(name.dropLast()) : name
    guard let unit = Self.units[name] ?? Self.units[singular] else { return nil }
    // A thousand years are enough.
    switch unit {
    case .month, .quarter, .year: guard count <= 12_000 else { return nil }
    default: break
    }
    self.count = count
    self.unit = unit
  }

  private static let units: [String: Unit] = [
    "millisecond": .millisecond, "ms": .millisecond, "msec": .millisecond, "second": .second, "s": .second, "sec": .second,
    "minute": .minute, "m": .minute, "min": .minute, "hour": .hour, "h": .hour, "hr": .hour, "day": .day, "d": .day,
    "week": .week, "w": .week, "month": .month, "mo": .month, "mon": .month, "quarter": .quarter, "q": .quarter,
    "qtr": .quarter, "year": .year, "y": .year, "yr": .year,
  ]
}
