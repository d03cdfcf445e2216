import JSON
import ServiceKit
import Wire

/// A room that lists two state machines.
final class OtherRoom: Room {
  static let identity = ServiceIdentity(
    id: "states", signingName: "states", protocols: [.awsJson10], targetPrefix: "AWSStepFunctions", apiVersion: "2016-11-23",
    xmlNamespace: "",
    cborName: "", sdkNames: [], iamPrefix: "states", queryCompatible: false)
  static let operations: [any OperationDescription<OtherRoom>.Type] = [ListStateMachines.self, DescribeStateMachine.self]
  let context: RoomContext
  init(_ context: RoomContext) { self.context = context }

  struct DescribeStateMachine: Operation {
    struct Input: Shape { var stateMachineArn: String }
    struct Output: Shape { var stateMachineArn: String }
    static func run(_ input: Input, _ call: Call<OtherRoom>) throws -> Output {
      guard ["train", "test"].contains(where: { input.stateMachineArn.hasSuffix(":\($0)") }) else {
        throw Fault("StateMachineDoesNotExist", "State Machine Does Not Exist: '\(input.stateMachineArn)'")
      }
      return Output(stateMachineArn: input.stateMachineArn)
    }
  }

  struct ListStateMachines: Operation {
    struct Input: Shape {
      var nextToken: String?
      var maxResults: Int?
    }
    struct Output: Shape {
      var stateMachines: [Item]
      var nextToken: String?
    }
    struct Item: Shape {
      var name: String
      var stateMachineArn: String
    }
    /// One a page.
    static func run(_ input: Input, _ call: Call<OtherRoom>) throws -> Output {
      let name = input.nextToken ?? "train"
      let arn = call.arn("stateMachine:\(name)").description
      return Output(stateMachines: [Item(name: name, stateMachineArn: arn)], nextToken: name == "train" ? "test" : nil)
    }
  }
}
