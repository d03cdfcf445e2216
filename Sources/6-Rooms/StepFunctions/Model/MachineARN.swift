import ServiceKit
import Store

/// What the ARN of a state machine names: the machine as it is, one of its versions, an alias, or a Distributed Map state.
///
/// Source: AWS Step Functions API Reference, StartExecution ("qualified state machine ARN").
struct MachineARN: Sendable, Equatable {
  enum Qualifier: Sendable, Equatable {
    case none
    case version(Int)
    case alias(String)
    /// `machine/label`
    case label(String)
  }
  var name: String
  var qualifier: Qualifier

  /// Throws InvalidArn, also for an ARN of another account or region.
  init(_ text: String, _ partition: Partition) throws(Fault) {
    let arn = try StatesARN.parse(text, "stateMachine", in: partition)
    let parts = arn.resourceName.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw .invalidARN(text) }
    if parts.count == 2 {
      name = parts[0]
      // Names of aliases are never numbers.
      if parts[1].utf8.allSatisfy({ (48...57).contains($0) }) {
        guard let number = Int(parts[1]), number > 0 else { throw .invalidARN(text) }
        qualifier = .version(number)
      } else {
        qualifier = .alias(parts[1])
      }
      return
    }
    let labelled = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    name = labelled[0]
    qualifier = labelled.count == 2 ? .label(labelled[1]) : .none
    guard !name.isEmpty else { throw .invalidARN(text) }
  }
}

/// ARNs of the room.
enum StatesARN {
  /// Throws InvalidArn for what is no ARN of the type in the account and region: nothing else is found here, and what has the same name
  /// there must not be taken for it.
  static func parse(_ text: String, _ types: String..., in partition: Partition) throws(Fault) -> ARN {
    guard let arn = ARN(text), arn.service == "states" else { throw .invalidARN(text) }
    guard types.contains(arn.resourceType) else { throw .wrongType(arn.resourceType) }
    guard arn.region == partition.region, arn.account == partition.account else {
      throw .invalidARN("\(text) is of another account or region")
    }
    return arn
  }
}

extension Limit {
  /// The length of an ARN. Source: AWS Step Functions API Reference, `Arn`.
  static func arn(_ member: String, _ path: any KeyPath<Value, String> & Sendable) -> Limit { .length(member, path, 1...256) }
  static func arn(_ member: String, _ path: any KeyPath<Value, String?> & Sendable) -> Limit { .length(member, path, 1...256) }
  /// The length of an ARN that may be long: `LongArn`.
  static func longARN(_ member: String, _ path: any KeyPath<Value, String> & Sendable) -> Limit { .length(member, path, 1...2_000) }
  static func longARN(_ member: String, _ path: any KeyPath<Value, String?> & Sendable) -> Limit { .length(member, path, 1...2_000) }
  /// The length of `nextToken`.
  static func token(_ path: any KeyPath<Value, String?> & Sendable, most: Int = 1_024) -> Limit { .length("nextToken", path, 1...most) }
}
