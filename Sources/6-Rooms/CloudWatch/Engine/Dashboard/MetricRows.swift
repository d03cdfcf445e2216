import JSON

/// The metrics of a widget, each a row: `[Namespace, MetricName, DimensionName, DimensionValue, ..., {options}]` or `[{expression}]`.
enum MetricRows {
  private static let most = 500

  static func check(_ value: JSONValue, _ path: String, _ check: inout DashboardCheck) {
    guard let rows = value.array else { return check.error(path, "Should be array") }
    if rows.count > most { return check.error(path, "Should NOT have more than \(most) items") }
    for (position, row) in rows.enumerated() { self.row(row, "\(path)/\(position)", &check) }
  }

  private static func row(_ row: JSONValue, _ path: String, _ check: inout DashboardCheck) {
    guard let elements = row.array else { return check.error(path, "Should be array") }
    guard !elements.isEmpty else { return check.error(path, "Should NOT have less than 1 items") }
    if elements.count == 1, case .object(let options) = elements[0] {
      if options["expression"] == nil { check.error("\(path)/0", "Should have required property 'expression'") }
      check.check(elements[0], .object(DashboardRule.rendering), "\(path)/0")
      return
    }
    var names = elements[...]
    if case .object? = elements.last {
      names = elements.dropLast()
      let before = check.errors.count
      check.check(elements[names.count], .object(DashboardRule.rendering), "\(path)/\(names.count)")
      // Options that are none make the row too long, as AWS says it; what is wrong with them stands beside.
      if check.errors.count > before || isForeign(elements[names.count]) {
        check.error(path, "Should NOT have more than \(names.count) items")
      }
    }
    for (position, name) in names.enumerated() where name.string?.isEmpty ?? true {
      check.error("\(path)/\(position)", "Invalid metric field type, only \"String\" type is allowed")
    }
    if names.count == 1, names.first?.string != "..." { check.error(path, "Should NOT have less than 2 items") }
    if names.count > 2 + 2 * DatumReader.mostDimensions {
      check.error(path, "Should NOT have more than \(2 + 2 * DatumReader.mostDimensions) items")
    } else if !names.contains("..."), names.count % 2 != 0, names.count > 1 {
      check.error(path, "Should NOT have more than \(names.count - 1) items")
    }
  }

  /// Whether options have nothing in them that an option is called: dimensions written as an object.
  private static func isForeign(_ options: JSONValue) -> Bool {
    guard let object = options.object, !object.isEmpty else { return false }
    return !object.keys.contains { key in DashboardRule.rendering.contains { $0.name == key } }
  }
}
