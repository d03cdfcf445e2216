import JSON
import ServiceKit
import Store
import Wire

/// Creates a compute environment: a share of this machine. Source: AWS Batch API Reference, CreateComputeEnvironment.
///
/// Differs: `maxvCpus` bounds what runs at once; instance types, subnets, images and scaling are kept and shown, but there is one machine.
struct CreateComputeEnvironment: Operation {
  struct Input: Shape {
    var computeEnvironmentName: String
    var type: String
    var state: String?
    var unmanagedvCpus: Int?
    var computeResources: JSONValue?
    var serviceRole: String?
    var tags: [String: String]?
    var eksConfiguration: JSONValue?
    static var limits: [Limit<Self>] {
      [.oneOf("type", \.type, ["MANAGED", "UNMANAGED"]), .oneOf("state", \.state, ["ENABLED", "DISABLED"])]
    }
  }
  struct Output: Shape {
    var computeEnvironmentName: String
    var computeEnvironmentArn: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/createcomputeenvironment")

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("batch", "compute-environment/\(input.computeEnvironmentName)")
  }

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    let name = input.computeEnvironmentName
    try BatchName.check(name, "computeEnvironmentName")
    if input.eksConfiguration != nil { throw Fault.client("Kubernetes environments are not served by Martlet yet.") }
    if input.type == "MANAGED" {
      guard let resources = input.computeResources?.object else {
        throw Fault.client("Error executing request, Exception : computeResources must be provided for a MANAGED compute environment.")
      }
      guard let most = resources["maxvCpus"]?.int, most > 0 else {
        throw Fault.client("Error executing request, Exception : computeResources.maxvCpus must be a positive integer.")
      }
    }
    guard try call.environment(name) == nil else { throw Fault.client("Object already exists") }
    let environment = ComputeEnvironment(
      name: name, type: input.type, state: input.state ?? "ENABLED", computeResources: input.computeResources,
      serviceRole: input.serviceRole,
      tags: input.tags ?? [:], uuid: call.room.context.identifiers.uuid())
    try call.put(environment, when: .absent)
    call.room.wakeAfterCommit(call.transaction)
    return Output(computeEnvironmentName: name, computeEnvironmentArn: environment.arn(call.partition))
  }
}

enum BatchName {
  /// Throws ClientException unless it is 1 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit.
  static func check(_ name: String, _ member: String) throws(Fault) {
    let allowed = name.utf8.allSatisfy { byte in
      (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte == 45 || byte == 95
    }
    guard (1...128).contains(name.utf8.count), allowed, name.first != "-", name.first != "_" else {
      throw .client("Error executing request, Exception : \(member) must match the expression ^[A-Za-z0-9]{1}[A-Za-z0-9_-]{0,127}$")
    }
  }
}
