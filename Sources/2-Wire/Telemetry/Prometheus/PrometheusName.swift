/// Names as Prometheus takes them, made of CloudWatch's as cloudwatch_exporter makes them: `AWS/Batch` and `CPUUtilization` become
/// `aws_batch_cpuutilization`, the dimension `JobQueue` the label `job_queue`.
///
/// Source: Prometheus, "Data model"; prometheus/cloudwatch_exporter, README.
package enum PrometheusName {
  package static func metric(_ namespace: String, _ name: String, _ statistic: String) -> String {
    let text = "\(snake(namespace))_\(snake(name))_\(statistic)"
    return text.utf8.first.map { $0 >= 48 && $0 <= 57 } == true ? "_" + text : text
  }

  package static func label(_ name: String) -> String {
    let text = snake(name)
    // Names that begin with two underscores are Prometheus's own.
    let trimmed = text.drop { $0 == "_" }
    guard let first = trimmed.utf8.first else { return "label" }
    return first >= 48 && first <= 57 ? "dimension_" + trimmed : String(trimmed)
  }

  /// Lower case, an underscore where a small letter or digit meets a capital one and for whatever Prometheus has no character for.
  static func snake(_ name: String) -> String {
    var bytes: [UInt8] = []
    var before: UInt8 = 95
    for byte in name.utf8 {
      switch byte {
      case 65...90:
        if (97...122).contains(before) || (48...57).contains(before) { bytes.append(95) }
        bytes.append(byte + 32)
      case 97...122, 48...57, 95: bytes.append(byte)
      default: if bytes.last != 95 { bytes.append(95) }
      }
      before = byte
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Labels in the order of their names, each name once.
package struct PrometheusLabels: Sendable, Hashable {
  package struct Label: Sendable, Hashable {
    package var name: String
    package var value: String
  }
  package private(set) var labels: [Label] = []

  package init() {}

  /// A name that is there already gets an underscore more.
  package mutating func add(_ name: String, _ value: String) {
    var name = name
    while labels.contains(where: { $0.name == name }) { name += "_" }
    let place = labels.firstIndex { $0.name > name } ?? labels.count
    labels.insert(Label(name: name, value: value), at: place)
  }
}
