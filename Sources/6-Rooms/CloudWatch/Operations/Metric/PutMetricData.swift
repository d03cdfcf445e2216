import JSON
import Series
import ServiceKit
import Time

/// Stores samples of metrics; on disk when it answers. Source: Amazon CloudWatch API Reference, PutMetricData.
///
/// Differs: without AWS's quotas samples may be as old as 1970 and a request may hold 100,000 data with 10,000 values each; entities are
/// checked and not kept, for there is no operation that answers them.
struct PutMetricData: AsyncOperation {
  /// The document as it came: thousands of data are read faster than shape by shape.
  struct Input: Shape, JSONConvertible {
    let document: JSONValue
    let dialect: JSONDialect

    init(json: JSONValue, dialect: JSONDialect) throws {
      guard json.object != nil else { throw JSONCodecError(.mismatch(expected: "Structure", found: json), at: nil) }
      document = json
      self.dialect = dialect
    }
    init(from decoder: any Decoder) throws { try self.init(json: try JSONValue(from: decoder), dialect: .json) }
    func json(_ dialect: JSONDialect) -> JSONValue { document }
    func encode(to encoder: any Encoder) throws { try document.encode(to: encoder) }
  }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Empty {
    guard case .object(let members) = input.document else { throw Fault.missingParameter("The parameter Namespace is required.") }
    var reader = try DatumReader(
      namespace: members["Namespace"], scope: CloudWatch.scope(call.partition), dialect: input.dialect, now: call.now,
      isStrict: call.enforcesQuotas)
    let data = try reader.list(members["MetricData"], "MetricData")
    let entities = try reader.list(members["EntityMetricData"], "EntityMetricData")
    if data == nil, entities == nil { throw Fault.missingParameter("The parameter MetricData is required.") }
    let strict = members["StrictEntityValidation"].map { $0 == true || $0 == "true" } ?? false
    try reader.read(data ?? [], "MetricData")
    for (position, entity) in (entities ?? []).enumerated() {
      let place = "EntityMetricData.member.\(position + 1)"
      if strict { try EntityShape.check(entity["Entity"], "\(place).Entity") }
      try reader.read(try reader.list(entity["MetricData"], "\(place).MetricData") ?? [], "\(place).MetricData")
    }
    guard !reader.samples.isEmpty else { throw Fault.missingParameter("The parameter MetricData is required.") }
    do { try await call.room.engine.append(reader.samples) } catch { throw Fault.unavailable(error.message) }
    return Empty()
  }
}

/// What a metric is of: a service or a resource. Source: Amazon CloudWatch API Reference, Entity.
enum EntityShape {
  private static let keys: Set<String> = ["Type", "ResourceType", "Identifier", "Name", "Environment", "AwsAccountId"]

  /// Throws InvalidParameterValue.
  static func check(_ entity: JSONValue?, _ place: String) throws(Fault) {
    guard let attributes = entity?["KeyAttributes"]?.object, (2...4).contains(attributes.count) else {
      throw .invalidValue("The parameter \(place).KeyAttributes must have 2 to 4 entries.")
    }
    guard attributes["Type"]?.string.map({ ["Service", "Resource", "AWS::Service", "AWS::Resource"].contains($0) }) ?? false else {
      throw .invalidValue(
        "The parameter \(place).KeyAttributes must have the entry Type with the value Service, Resource, AWS::Service or AWS::Resource.")
    }
    for (key, value) in attributes where !keys.contains(key) || !(1...2_048).contains(value.string?.utf16.count ?? 0) {
      throw .invalidValue("The entry \(key) of the parameter \(place).KeyAttributes is invalid.")
    }
    if let more = entity?["Attributes"]?.object, more.count > 10 {
      throw .invalidValue("The parameter \(place).Attributes must not have more than 10 entries.")
    }
  }
}
