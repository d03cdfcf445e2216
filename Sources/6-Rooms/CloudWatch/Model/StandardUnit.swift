/// Source: Amazon CloudWatch API Reference, MetricDatum.Unit.
enum StandardUnit {
  private static let sizes = [
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
  ]
  static let names =
    ["Seconds", "Microseconds", "Milliseconds"] + sizes + ["Percent", "Count"] + sizes.map { "\($0)/Second" } + ["Count/Second", "None"]
  static let all = Set(names)
}
