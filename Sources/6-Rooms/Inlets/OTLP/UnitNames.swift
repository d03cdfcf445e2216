/// CloudWatch's units for those of UCUM, which OpenTelemetry names units by.
///
/// Source: The Unified Code for Units of Measure; Amazon CloudWatch API Reference, MetricDatum.Unit.
enum UnitNames {
  /// The unit, and what values are multiplied with to be in it: CloudWatch has no minutes or nanoseconds. Units that it has none for are None.
  static func cloudWatch(_ unit: String) -> (name: String, factor: Double) {
    if let found = plain[unit] { return found }
    guard let slash = unit.lastIndex(of: "/"), unit[unit.index(after: slash)...] == "s" else {
      return isAnnotation(unit) ? ("Count", 1) : ("None", 1)
    }
    let (name, factor) = cloudWatch(String(unit[..<slash]))
    return name.hasSuffix("bytes") || name.hasSuffix("bits") || name == "Bytes" || name == "Bits" || name == "Count"
      ? ("\(name)/Second", factor) : ("None", 1)
  }

  /// `{request}`: a number of things.
  private static func isAnnotation(_ unit: String) -> Bool { unit.hasPrefix("{") && unit.hasSuffix("}") }

  private static let plain: [String: (name: String, factor: Double)] = [
    "": ("None", 1), "1": ("None", 1), "%": ("Percent", 1), "s": ("Seconds", 1), "ms": ("Milliseconds", 1), "us": ("Microseconds", 1),
    "ns": ("Microseconds", 0.001), "min": ("Seconds", 60), "h": ("Seconds", 3_600), "d": ("Seconds", 86_400), "By": ("Bytes", 1),
    "kBy": ("Kilobytes", 1), "MBy": ("Megabytes", 1), "GBy": ("Gigabytes", 1), "TBy": ("Terabytes", 1), "KiBy": ("Bytes", 1_024),
    "MiBy": ("Bytes", 1_048_576), "GiBy": ("Bytes", 1_073_741_824), "TiBy": ("Bytes", 1_099_511_627_776), "bit": ("Bits", 1),
    "kbit": ("Kilobits", 1), "Mbit": ("Megabits", 1), "Gbit": ("Gigabits", 1), "Tbit": ("Terabits", 1), "count": ("Count", 1),
  ]
}
