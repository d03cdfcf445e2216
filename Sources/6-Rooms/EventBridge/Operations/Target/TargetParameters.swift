import JSON
import ServiceKit

/// The parameters that targets of one kind need and others do not take.
///
/// Source: EventBridge API Reference, Target.
enum TargetParameters {
  private struct Kind {
    var name: String
    var value: @Sendable (Target) -> JSONValue?
    var services: Set<String>
    /// Whether targets of these services cannot do without.
    var isNeeded = false
    /// Members that must be given.
    var members: [String] = []
  }

  private static let kinds: [Kind] = [
    Kind(
      name: "BatchParameters", value: { $0.batchParameters }, services: ["batch"], isNeeded: true,
      members: ["JobDefinition", "JobName"]),
    Kind(name: "EcsParameters", value: { $0.ecsParameters }, services: ["ecs"], isNeeded: true, members: ["TaskDefinitionArn"]),
    Kind(name: "KinesisParameters", value: { $0.kinesisParameters }, services: ["kinesis"], members: ["PartitionKeyPath"]),
    Kind(name: "HttpParameters", value: { $0.httpParameters }, services: ["events", "execute-api"]),
    Kind(
      name: "RedshiftDataParameters", value: { $0.redshiftDataParameters }, services: ["redshift", "redshift-serverless"],
      isNeeded: true, members: ["Database"]),
    Kind(
      name: "RunCommandParameters", value: { $0.runCommandParameters }, services: ["ssm"], members: ["RunCommandTargets"]),
    Kind(name: "SageMakerPipelineParameters", value: { $0.sageMakerPipelineParameters }, services: ["sagemaker"]),
    Kind(name: "AppSyncParameters", value: { $0.appSyncParameters }, services: ["appsync"], isNeeded: true, members: ["GraphQLOperation"]),
  ]

  static func check(_ target: Target, _ arn: ARN, number: Int) throws(Fault) {
    for kind in kinds {
      let isOwn = kind.services.contains(arn.service)
      guard let value = kind.value(target) else {
        if isOwn, kind.isNeeded { throw missing(kind.name, target) }
        continue
      }
      if !isOwn { throw .validation("Parameter(s) \(kind.name) not supported for target: \(target.id)") }
      for member in kind.members where value[member] == nil || value[member]?.isNull == true {
        let place = "targets.\(number).member.\(lowerFirst(kind.name)).\(lowerFirst(member))"
        throw .validation("1 validation error detected: Value null at '\(place)' failed to satisfy constraint: Member must not be null")
      }
    }
    // A group is accepted, and without meaning, on targets that are no FIFO queues.
    if arn.service == "sqs", arn.resource.hasSuffix(".fifo"), (target.sqsParameters?["MessageGroupId"]?.string ?? "").isEmpty {
      throw missing("SqsParameters", target)
    }
    if let group = target.sqsParameters?["MessageGroupId"]?.string, group.utf16.count > 100 {
      let place = "targets.\(number).member.sqsParameters.messageGroupId"
      throw .validation(
        "1 validation error detected: Value '\(group)' at '\(place)' failed to satisfy constraint: Member must have length less than or "
          + "equal to 100")
    }
    if let batch = target.batchParameters { try checkBatch(batch) }
  }

  private static func missing(_ name: String, _ target: Target) -> Fault {
    .validation("Parameter(s) \(name) must be specified for target: \(target.id).")
  }

  private static func checkBatch(_ batch: JSONValue) throws(Fault) {
    if let size = batch["ArrayProperties"]?["Size"]?.int, !(2...10_000).contains(size) {
      throw .validation("Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000.")
    }
    if let attempts = batch["RetryStrategy"]?["Attempts"]?.int, !(1...10).contains(attempts) {
      throw .validation("Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10.")
    }
  }

  private static func lowerFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
