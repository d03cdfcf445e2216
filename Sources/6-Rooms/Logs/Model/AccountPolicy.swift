import ServiceKit
import Store
import Time

/// A policy that holds for all groups of an account and region.
struct AccountPolicy: Resource {
  static let kind = "logs.account-policy"
  enum Kind: String, Codable, Sendable, CaseIterable {
    case dataProtection = "DATA_PROTECTION_POLICY"
    case subscription = "SUBSCRIPTION_FILTER_POLICY"
    case fieldIndex = "FIELD_INDEX_POLICY"
    case transformer = "TRANSFORMER_POLICY"
    case metricExtraction = "METRIC_EXTRACTION_POLICY"
    case retention = "RETENTION_POLICY"
  }
  var name: String
  var type: Kind
  var document: String
  var updated: Timestamp
  var key: String { Self.key(type, name) }
  static func key(_ type: Kind, _ name: String) -> String { "\(type.rawValue):\(name)" }

  static func policies(_ type: Kind, in partition: Partition, _ transaction: any Transaction) throws -> [AccountPolicy] {
    try transaction.page(AccountPolicy.self, in: partition, prefix: "\(type.rawValue):", limit: 100).items
  }
}

struct AccountPolicyShape: Shape {
  var policyName: String
  var policyDocument: String
  var lastUpdatedTime: Int64
  var policyType: String
  var scope = "ALL"
  var accountId: String

  init(_ policy: AccountPolicy, _ partition: Partition) {
    policyName = policy.name
    policyDocument = policy.document
    lastUpdatedTime = policy.updated.milliseconds
    policyType = policy.type.rawValue
    accountId = partition.account
  }
}
