/// A label with values of the series it belongs to: `${MAX}`, `${PROP('Dim.InstanceId')}`.
///
/// What is no known value stays as it is written.
/// Source: CloudWatch User Guide, "Use dynamic labels".
public struct DynamicLabel: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case text(String)
    case value(LabelValue)
    case property(LabelProperty)
    case label
  }

  /// Statistical values in one label at most, as AWS has it.
  public static let mostValues = 6
  static let longest = 16_384

  public let text: String
  let parts: [Part]

  public init(_ text: String) throws(MetricMathError) {
    guard text.utf8.count <= Self.longest else { throw MetricMathError("Invalid label", detail: "longer than \(Self.longest) bytes") }
    self.text = text
    parts = Self.parse(text)
    let values = parts.count { if case .value = $0 { true } else { false } }
    guard values <= Self.mostValues else {
      throw MetricMathError("Invalid label", detail: "more than \(Self.mostValues) statistical values")
    }
    guard parts.count(where: { $0 == .label }) <= 1 else { throw MetricMathError("Invalid label", detail: "${LABEL} more than once") }
  }

  /// Whether it is more than a text.
  public var isDynamic: Bool { parts.contains { if case .text = $0 { false } else { true } } }

  private static func parse(_ text: String) -> [Part] {
    var scanner = TextScanner(text)
    var parts: [Part] = []
    var plain: [UInt8] = []
    func flush() {
      if !plain.isEmpty { parts.append(.text(String(decoding: plain, as: UTF8.self))) }
      plain = []
    }
    while let byte = scanner.peek {
      let start = scanner.position
      if scanner.take(text: "${"), let part = dynamic(&scanner) {
        flush()
        parts.append(part)
      } else {
        scanner.position = start + 1
        plain.append(byte)
      }
    }
    flush()
    return parts
  }

  /// What stands after `${`, up to and with `}`; nil when it is no value.
  private static func dynamic(_ scanner: inout TextScanner) -> Part? {
    scanner.skipSpace()
    let word = scanner.takeWhile(\.isWord)
    var part: Part?
    if word == "PROP" {
      scanner.skipSpace()
      guard scanner.take("(") else { return nil }
      scanner.skipSpace()
      guard scanner.peek == UInt8(ascii: "'") || scanner.peek == UInt8(ascii: "\""), let name = scanner.takeQuoted() else { return nil }
      scanner.skipSpace()
      guard scanner.take(")"), let property = LabelProperty(name) else { return nil }
      part = .property(property)
    } else {
      part = word == "LABEL" ? .label : LabelValue(rawValue: word).map(Part.value)
    }
    scanner.skipSpace()
    return scanner.take("}") ? part : nil
  }
}

/// What a label can say about the metric.
enum LabelProperty: Hashable, Sendable {
  case accountId
  case accountLabel
  case dimension(String)
  case metricName
  case namespace
  case period
  case region
  case stat

  init?(_ name: String) {
    switch name {
    case "AccountId": self = .accountId
    case "AccountLabel": self = .accountLabel
    case "MetricName": self = .metricName
    case "Namespace": self = .namespace
    case "Period": self = .period
    case "Region": self = .region
    case "Stat": self = .stat
    default:
      guard name.hasPrefix("Dim."), name.utf8.count > 4 else { return nil }
      self = .dimension(String(name.dropFirst(4)))
    }
  }
}

/// What a label can say about the values.
enum LabelValue: String, Hashable, Sendable {
  case avg = "AVG"
  case datapointCount = "DATAPOINT_COUNT"
  case first = "FIRST"
  case firstLastRange = "FIRST_LAST_RANGE"
  case firstLastTimeRange = "FIRST_LAST_TIME_RANGE"
  case firstTime = "FIRST_TIME"
  case firstTimeRelative = "FIRST_TIME_RELATIVE"
  case last = "LAST"
  case lastTime = "LAST_TIME"
  case lastTimeRelative = "LAST_TIME_RELATIVE"
  case max = "MAX"
  case maxTime = "MAX_TIME"
  case maxTimeRelative = "MAX_TIME_RELATIVE"
  case min = "MIN"
  case minMaxRange = "MIN_MAX_RANGE"
  case minMaxTimeRange = "MIN_MAX_TIME_RANGE"
  case minTime = "MIN_TIME"
  case minTimeRelative = "MIN_TIME_RELATIVE"
  case sum = "SUM"
}
