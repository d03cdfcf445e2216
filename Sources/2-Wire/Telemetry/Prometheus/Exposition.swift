/// Metrics as text for whoever scrapes them. Source: Prometheus, "Exposition formats"; OpenMetrics 1.0.
package struct Exposition: Sendable {
  package enum Format: Sendable {
    case text, openMetrics

    /// What an Accept header asks for.
    package init(accept: String?) { self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .text }

    package var contentType: String {
      switch self {
      case .text: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }
  private struct Family: Sendable {
    var help: String
    var lines: [String] = []
  }
  private let format: Format
  private var families: [String: Family] = [:]

  package init(_ format: Format) { self.format = format }

  /// Adds a sample of a gauge.
  /// - Parameter milliseconds: since 1970; nil for the instant of the scrape.
  package mutating func gauge(_ name: String, help: String, _ labels: PrometheusLabels, _ value: Double, at milliseconds: Int64?) {
    var line = name
    if !labels.labels.isEmpty {
      line += "{" + labels.labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",") + "}"
    }
    line += " " + Self.number(value)
    if let milliseconds { line += format == .text ? " \(milliseconds)" : " \(Double(milliseconds) / 1_000)" }
    families[name, default: Family(help: help)].lines.append(line)
  }

  package func text() -> String {
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      text += "# HELP \(name) \(Self.escape(family.help))\n# TYPE \(name) gauge\n"
      for line in family.lines { text += line + "\n" }
    }
    if format == .openMetrics { text += "# EOF\n" }
    return text
  }

  static func escape(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 34 || $0 == 92 || $0 == 10 }) else { return text }
    var escaped: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 34, 92: escaped += [92, byte]
      case 10: escaped += [92, 110]
      default: escaped.append(byte)
      }
    }
    return String(decoding: escaped, as: UTF8.self)
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map { String($0) } ?? "\(value)"
  }
}
