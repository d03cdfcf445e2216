import FilterPattern
import JSON
import ServiceKit
import Store
import Time

/// What of a group's events goes to a destination as it comes.
struct SubscriptionFilter: Resource {
  static let kind = "logs.subscription-filter"
  var group: String
  var name: String
  var pattern: String
  var destinationArn: String
  var roleArn: String?
  var distribution: String
  var fieldSelectionCriteria: String?
  var emitSystemFields: [String]?
  var created: Timestamp
  var key: String { "\(group):\(name)" }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "logs", region: partition.region, account: partition.account, resource: "log-group:\(group):subscription-filter:\(name)")
  }
}

/// A subscription filter ready to be applied.
struct CompiledSubscription: Sendable {
  let filter: SubscriptionFilter
  let pattern: FilterPattern
  private let criteria: SystemFieldCriteria?

  /// Throws InvalidParameterException.
  init(_ filter: SubscriptionFilter) throws(Fault) {
    self.filter = filter
    pattern = try FilterPattern(search: filter.pattern)
    criteria = try filter.fieldSelectionCriteria.map { text throws(Fault) in try SystemFieldCriteria(text) }
  }

  /// Whether events of the account and region are looked at.
  func passes(_ partition: Partition) -> Bool { criteria?.passes(partition) ?? true }
}

extension FilterPattern {
  /// Throws InvalidParameterException in the words of FilterLogEvents, StartLiveTail and PutSubscriptionFilter.
  init(search text: String) throws(Fault) {
    do throws(FilterPatternError) { self = try FilterPattern(text) } catch {
      throw .parameter("\(error.message(for: .search)): \(error.reason), at character \(error.offset + 1)")
    }
  }
}
