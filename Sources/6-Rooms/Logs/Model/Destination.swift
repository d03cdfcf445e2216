import ServiceKit
import Store
import Time

/// A name for a target of subscription filters, by which groups of other accounts reach it.
struct Destination: Resource {
  static let kind = "logs.destination"
  var name: String
  var targetArn: String
  var roleArn: String
  var accessPolicy: String?
  var tags: [String: String]
  var created: Timestamp
  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "logs", region: partition.region, account: partition.account, resource: "destination:\(name)")
  }
}

/// A destination as calls answer it.
struct DestinationShape: Shape {
  var destinationName: String
  var targetArn: String
  var roleArn: String
  var accessPolicy: String?
  var arn: String
  var creationTime: Int64

  init(_ destination: Destination, _ partition: Partition) {
    destinationName = destination.name
    targetArn = destination.targetArn
    roleArn = destination.roleArn
    accessPolicy = destination.accessPolicy
    arn = destination.arn(partition).description
    creationTime = destination.created.milliseconds
  }
}
