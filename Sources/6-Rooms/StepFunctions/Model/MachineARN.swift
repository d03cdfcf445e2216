import ServiceKit

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

  /// Throws InvalidArn.
  init(_ text: String) throws(Fault) {
    guard let arn = ARN(text), arn.service == "states" else { throw .invalidARN(text) }
    guard arn.resourceType == "stateMachine" else { throw .wrongType(arn.resourceType) }
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
