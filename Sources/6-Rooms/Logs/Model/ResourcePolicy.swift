import JSON
import ServiceKit
import Store
import Time

/// Who else may write to groups: kept and answered.
struct ResourcePolicy: Resource {
  static let kind = "logs.resource-policy"
  /// Nil for the policy of one group.
  var name: String?
  var document: String
  var resourceArn: String?
  var updated: Timestamp
  var revision: String?
  var key: String { Self.key(name: name, resource: resourceArn) }

  /// Policies of the account come before those of groups.
  static func key(name: String?, resource: String?) -> String { resource.map { "resource:\($0)" } ?? "account:\(name ?? "")" }
}

struct ResourcePolicyShape: Shape {
  var policyName: String?
  var policyDocument: String
  var lastUpdatedTime: Int64
  var policyScope: String
  var resourceArn: String?
  var revisionId: String?

  init(_ policy: ResourcePolicy) {
    policyName = policy.name
    policyDocument = policy.document
    lastUpdatedTime = policy.updated.milliseconds
    policyScope = policy.resourceArn == nil ? "ACCOUNT" : "RESOURCE"
    resourceArn = policy.resourceArn
    revisionId = policy.revision
  }
}

enum PolicyDocument {
  /// Throws InvalidParameterException unless the text is JSON with statements.
  static func check(_ text: String, _ name: String = "policyDocument") throws(Fault) {
    guard let document = try? JSONValue(parsing: text, limits: JSONLimits(depth: 64)), case .object(let policy) = document,
      policy["Statement"]?.array != nil || policy["Statement"]?.object != nil
    else { throw .parameter("Invalid \(name): the policy must be a JSON document with a Statement.") }
  }
}
