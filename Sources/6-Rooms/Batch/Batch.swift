import Execution
import JSON
import Logging
import ServiceKit
import Store
import Synchronization
import Time
import Wire

/// Jobs that wait in queues and run as processes of this machine. Source: AWS Batch API Reference.
package final class Batch: Room {
  package static let identity = ServiceIdentity(
    id: "batch", signingName: "batch", protocols: [.restJson1], apiVersion: "2016-08-10",
    xmlNamespace: "http://batch.amazonaws.com/doc/2016-08-10/")
  package static let memberCase = JSONMemberCase.asWritten
  package static let validationCode = "ClientException"
  package static let operations: [any OperationDescription<Batch>.Type] = [
    CreateComputeEnvironment.self, UpdateComputeEnvironment.self, DeleteComputeEnvironment.self, DescribeComputeEnvironments.self,
    CreateJobQueue.self, UpdateJobQueue.self, DeleteJobQueue.self, DescribeJobQueues.self,
    RegisterJobDefinition.self, DeregisterJobDefinition.self, DescribeJobDefinitions.self,
    SubmitJob.self, DescribeJobs.self, ListJobs.self, CancelJob.self, TerminateJob.self,
    TagResource.self, UntagResource.self, ListTagsForResource.self,
  ]
  package static let workers: [any Worker<Batch>.Type] = [TimeOut.self, ForgetJob.self]

  package let context: RoomContext
  let execution: any Execution
  private let stopsJobs: Bool
  let dispatch: Mutex<DispatchState>
  let wake: AsyncStream<Void>
  let waker: AsyncStream<Void>.Continuation

  /// - Parameter stopsJobs: whether jobs end with the server; else they go on and are found again at the next start.
  package init(_ context: RoomContext, execution: any Execution, stopsJobs: Bool = false) {
    self.context = context
    self.execution = execution
    self.stopsJobs = stopsJobs
    dispatch = Mutex(DispatchState(queue: RunQueue(machineMemory: execution.capacity.memoryMiB)))
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package static func delivery(_ delivery: Delivery) throws -> (operation: String, input: JSONValue)? {
    guard delivery.target.resourceType == "job-queue" else { return nil }
    guard case .object(let parameters) = delivery.parameters["BatchParameters"] ?? .null else {
      throw Fault.validation("BatchParameters is required for the target \(delivery.target).")
    }
    guard let definition = parameters["JobDefinition"], let name = parameters["JobName"] else {
      throw Fault.validation("BatchParameters needs JobDefinition and JobName.")
    }
    var input: JSONObject = ["jobQueue": .string(delivery.target.description), "jobDefinition": definition, "jobName": name]
    if let attempts = parameters["RetryStrategy"]?["Attempts"] { input["retryStrategy"] = ["attempts": attempts] }
    if let size = parameters["ArrayProperties"]?["Size"] { input["arrayProperties"] = ["size": size] }
    // What of the payload names the job's parameters is given to it. Source: EventBridge User Guide, "AWS Batch jobs as targets".
    if let given = delivery.payload["Parameters"]?.object { input["parameters"] = .object(given) }
    if let given = delivery.payload["ContainerOverrides"] {
      let overrides = try given.decode(SubmitJob.Overrides.self, JSONCodecOptions(memberCase: .pascal))
      input["containerOverrides"] = try JSONValue(encoding: overrides)
    }
    return ("SubmitJob", .object(input))
  }

  package func start() async throws { try await recover() }

  package var loops: [@Sendable () async throws -> Void] {
    [{ try await self.dispatchJobs() }, { try await self.followJobs() }]
  }

  package func stop() async { await execution.shutdown(stopJobs: stopsJobs) }

  /// Names an attempt for the execution engine.
  static func attemptID(_ job: String, _ number: Int) -> String { "\(job).\(number)" }
}
