import JSON
import ServiceKit
import Time
import Wire

/// Describes a pipe. Source: Amazon EventBridge Pipes API Reference, DescribePipe.
struct DescribePipe: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }
  struct Output: Shape {
    var arn: String
    var name: String
    var description: String?
    var desiredState: String
    var currentState: String
    var stateReason: String?
    var source: String
    var sourceParameters: SourceParameters?
    var enrichment: String?
    var enrichmentParameters: EnrichmentParameters?
    var target: String
    var targetParameters: TargetParameters?
    var roleArn: String
    var tags: [String: String]
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
    var logConfiguration: LogConfiguration?
    var kmsKeyIdentifier: String?
  }
  static let route: OperationRoute? = OperationRoute("GET", "/v1/pipes/{Name}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Output {
    let pipe = try call.pipe(input.name)
    return Output(
      arn: pipe.arn(call.partition).description, name: pipe.name, description: pipe.description, desiredState: pipe.desiredState,
      currentState: pipe.currentState, stateReason: pipe.stateReason, source: pipe.source, sourceParameters: pipe.sourceParameters,
      enrichment: pipe.enrichment, enrichmentParameters: pipe.enrichmentParameters, target: pipe.target,
      targetParameters: pipe.targetParameters, roleArn: pipe.roleArn, tags: pipe.tags, creationTime: pipe.created,
      lastModifiedTime: pipe.modified, logConfiguration: pipe.logConfiguration, kmsKeyIdentifier: pipe.kmsKeyIdentifier)
  }
}
