import Telemetry

/// Dimensions of OpenTelemetry's metrics: attributes of the point, then of the scope, then of the resource, as many as a metric can have.
///
/// What tells processes apart and nothing else (`service.instance.id`, `process.*`, `telemetry.*`) is left out: a metric would begin anew with
/// each start of a program.
struct OTLPDimensions: Sendable {
  /// AWS's most.
  static let most = 30
  /// What tells cumulative series apart besides the point's own attributes.
  let identity: [OTLPAttribute]
  private let shared: [(name: String, value: String)]

  init(_ origin: OTLPOrigin) {
    identity =
      origin.resource.sorted { $0.key < $1.key } + [OTLPAttribute("otel.scope.name", .text(origin.scope))]
      + origin.scopeAttributes.sorted { $0.key < $1.key }
    let kept = origin.resource.filter { !Self.isOfProcess($0.key) }.sorted { $0.key < $1.key }
    shared = (origin.scopeAttributes.sorted { $0.key < $1.key } + kept).map { ($0.key, $0.value.text) }
  }

  private static func isOfProcess(_ key: String) -> Bool {
    key == "service.instance.id" || key.hasPrefix("process.") || key.hasPrefix("telemetry.")
  }

  /// The dimensions, and whether there were more than a metric can have.
  func dimensions(_ attributes: [OTLPAttribute], more: (String, String)? = nil) -> ([String: String], Bool) {
    var dimensions: [String: String] = [:]
    var isCut = false
    func add(_ name: String, _ value: String) {
      if name.isEmpty || value.isEmpty || dimensions[name] != nil { return }
      if dimensions.count == Self.most {
        isCut = true
        return
      }
      dimensions[DimensionText.clean(name, 255)] = DimensionText.clean(value, 1_024)
    }
    if let more { add(more.0, more.1) }
    for attribute in attributes.sorted(by: { $0.key < $1.key }) { add(attribute.key, attribute.value.text) }
    for (name, value) in shared { add(name, value) }
    return (dimensions, isCut)
  }

  /// `service.namespace/service.name`, as the collector's awsemf exporter has it; "default" without.
  static func namespace(_ resource: [OTLPAttribute]) -> String {
    let parts = [resource["service.namespace"]?.text ?? "", resource["service.name"]?.text ?? ""].filter { !$0.isEmpty }
    let name = parts.joined(separator: "/")
    // A namespace may not begin with a colon.
    return name.isEmpty ? "default" : name.hasPrefix(":") ? "_" + name : name
  }
}
