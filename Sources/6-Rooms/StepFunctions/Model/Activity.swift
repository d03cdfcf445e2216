import JSON
import ServiceKit
import Store
import Time

/// A kind of task that workers of the user's own ask for. Source: Step Functions Developer Guide, "Activities".
struct Activity: Resource {
  static let kind = "states.activity"
  var name: String
  var created: Timestamp
  var encryptionConfiguration: JSONValue?
  var tags: [String: String]
  var key: String { name }

  static func arn(_ name: String, _ partition: Partition) -> ARN {
    ARN(service: "states", region: partition.region, account: partition.account, resource: "activity:\(name)")
  }
  func arn(_ partition: Partition) -> ARN { Self.arn(name, partition) }
}

/// A task that no worker has taken yet. Tasks are taken in the order they were scheduled.
struct WaitingTask: Resource {
  static let kind = "states.waiting"
  var activity: String
  var execution: String
  var task: Int
  var scheduled: Timestamp
  var token: String
  var input: String
  var key: String { "\(activity)/\(Sortable.text(scheduled))/\(execution)#\(task)" }
  /// By the task, for one that is given up.
  var indexes: [String: String] { ["task": Self.index(execution, task)] }
  static func index(_ execution: String, _ task: Int) -> String { "\(execution)#\(task)" }
}

extension Call where Home == StepFunctions {
  /// The activity an ARN names. Throws InvalidArn or ActivityDoesNotExist.
  func activity(_ text: String) throws -> Activity {
    guard let activity = try get(Activity.self, try Activity.name(text, partition)) else { throw Fault.activityNotFound(text) }
    return activity
  }
}

extension Activity {
  /// The name in an activity's ARN. Throws InvalidArn.
  static func name(_ text: String, _ partition: Partition) throws(Fault) -> String {
    let arn = try StatesARN.parse(text, "activity", in: partition)
    guard !arn.resourceName.isEmpty, !arn.resourceName.contains(":") else { throw .invalidARN(text) }
    return arn.resourceName
  }
}
