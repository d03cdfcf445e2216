import JSON
import ServiceKit
import Time

/// A dashboard's document, checked whole. Source: Amazon CloudWatch API Reference, "Dashboard Body Structure and Syntax".
enum DashboardDocument {
  private static let mostWidgets = 500
  private static let longest = 1 << 20
  private static let deepest = 64

  /// The document and what was not understood in it. Throws DashboardInvalidInputError.
  static func read(_ body: String) throws(Fault) -> (document: JSONObject, warnings: [DashboardFinding]) {
    guard body.utf8.count <= longest else { throw .invalidDashboard("The field DashboardBody must not be longer than \(longest) bytes") }
    guard case .object(let document)? = try? JSONValue(parsing: body, limits: JSONLimits(depth: deepest)) else {
      throw .invalidDashboard("The field DashboardBody must be a valid JSON object")
    }
    var check = DashboardCheck()
    whole(document, &check)
    let errors = check.errors
    if errors.isEmpty { return (document, check.warnings) }
    let listed = JSONValue.array(errors.map { ["dataPath": .string($0.path), "message": .string($0.message)] })
    throw .invalidDashboard(
      "The dashboard body is invalid, there are \(errors.count) validation errors:\n\(listed.pretty)", errors)
  }

  private static func whole(_ document: JSONObject, _ check: inout DashboardCheck) {
    let members: [DashboardRule.Member] = [
      .init("start", .text), .init("end", .text), .init("periodOverride", .choice(["auto", "inherit"])),
      .init("variables", .list(.any, 0...25)), .init("widgets", .list(.any, 0...mostWidgets), required: true),
    ]
    check.check(.object(document), .object(members), "")
    if document["end"] != nil, document["start"] == nil { check.error("", "Should have property start when property end is present") }
    if let start = document["start"]?.string {
      let isAbsolute = document["end"]?.string.map { DashboardTime.ago($0) == nil } ?? (document["end"] != nil)
      if isAbsolute ? Timestamp(iso8601: start) == nil : DashboardTime.ago(start) == nil {
        check.error("/start", "Should match a time range such as \"-PT3H\" or, together with end, an ISO 8601 time")
      }
    }
    for (position, variable) in (document["variables"]?.array ?? []).enumerated() {
      self.variable(variable, "/variables/\(position)", &check)
    }
    for (position, widget) in (document["widgets"]?.array ?? []).prefix(mostWidgets).enumerated() {
      self.widget(widget, "/widgets/\(position)", &check)
    }
  }

  private static func variable(_ value: JSONValue, _ path: String, _ check: inout DashboardCheck) {
    let choice = DashboardRule.object([.init("value", .scalar, required: true), .init("label", .string(0...255))])
    let members: [DashboardRule.Member] = [
      .init("type", .choice(["property", "pattern"]), required: true), .init("id", .string(1...32), required: true),
      .init("inputType", .choice(["input", "select", "radio"]), required: true), .init("property", .string(1...255)),
      .init("pattern", .string(1...255)), .init("label", .string(0...30)), .init("defaultValue", .scalar), .init("visible", .bool),
      .init("values", .list(choice, 1...500)), .init("search", .string(1...2_048)), .init("populateFrom", .string(1...255)),
    ]
    check.check(value, .object(members), path)
    guard let object = value.object, let type = object["type"]?.string, ["property", "pattern"].contains(type) else { return }
    if object[type] == nil { check.error(path, "Should have required property '\(type)'") }
    if object["inputType"] != "input", object["values"] == nil, object["search"] == nil || object["populateFrom"] == nil {
      check.error(path, "Should have required property 'values'")
    }
  }

  private static func widget(_ value: JSONValue, _ path: String, _ check: inout DashboardCheck) {
    let types = ["metric"] + DashboardRule.widgets.keys.sorted()
    let members: [DashboardRule.Member] = [
      .init("type", .choice(types), required: true), .init("x", .integer(0...23)), .init("y", .integer(0...1_000_000)),
      .init("width", .integer(1...24)), .init("height", .integer(1...1_000)), .init("properties", .any, required: true),
    ]
    check.check(value, .object(members), path)
    guard let type = value["type"]?.string, let properties = value["properties"] else { return }
    if (value["x"] == nil) != (value["y"] == nil) {
      check.error(path, "Should have property \(value["x"] == nil ? "x" : "y") when property \(value["x"] == nil ? "y" : "x") is present")
    }
    if type == "metric" {
      metric(properties, "\(path)/properties", &check)
    } else if let rules = DashboardRule.widgets[type] {
      check.check(properties, .object(rules), "\(path)/properties")
    }
  }

  private static func metric(_ properties: JSONValue, _ path: String, _ check: inout DashboardCheck) {
    check.check(properties, .object(DashboardRule.metricWidget), path)
    guard let object = properties.object else { return }
    let alarms = object["annotations"]?["alarms"]?.array ?? []
    if object["metrics"] == nil, alarms.isEmpty {
      check.error(path, "Should have required property 'metrics'")
      check.error(path, "The metric widget should have specified a region and a data source or an alarm annotation")
      if object["annotations"] == nil { check.error(path, "Should have required property 'annotations'") }
    } else if object["metrics"] != nil, !alarms.isEmpty {
      check.error(path, "The metric widget should have either metrics or an alarm annotation, not both")
    } else if object["region"] == nil, alarms.isEmpty {
      check.error(path, "Should have required property 'region'")
    }
    if object["view"] == "gauge" {
      for bound in ["min", "max"] where object["yAxis"]?["left"]?[bound] == nil {
        check.error("\(path)/yAxis/left", "Should have required property '\(bound)'")
      }
    }
  }
}
