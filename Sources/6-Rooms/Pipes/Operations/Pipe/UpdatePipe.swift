import ServiceKit
import Wire

/// Changes what is given of a pipe; structures are replaced whole. Source: Amazon EventBridge Pipes API Reference, UpdatePipe.
struct UpdatePipe: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var desiredState: String?
    var sourceParameters: SourceParameters?
    var enrichment: String?
    var enrichmentParameters: EnrichmentParameters?
    var target: String?
    var targetParameters: TargetParameters?
    var roleArn: String
    var logConfiguration: LogConfiguration?
    var kmsKeyIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("description", \.description, 0...512),
        .oneOf("desiredState", \.desiredState, ["RUNNING", "STOPPED"]), .length("enrichment", \.enrichment, 0...1_600),
        .length("target", \.target, 1...1_600), .length("roleArn", \.roleArn, 1...1_600, .roleARN),
        .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .keyIdentifier),
      ]
    }
  }
  static let route: OperationRoute? = OperationRoute("PUT", "/v1/pipes/{Name}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> PipeState {
    var pipe = try call.settled(input.name)
    pipe.description = input.description ?? pipe.description
    pipe.desiredState = input.desiredState ?? pipe.desiredState
    pipe.sourceParameters = input.sourceParameters ?? pipe.sourceParameters
    if let enrichment = input.enrichment {
      pipe.enrichment = enrichment.isEmpty ? nil : enrichment
      if enrichment.isEmpty { pipe.enrichmentParameters = nil }
    }
    pipe.enrichmentParameters = input.enrichmentParameters ?? pipe.enrichmentParameters
    pipe.target = input.target ?? pipe.target
    pipe.targetParameters = input.targetParameters ?? pipe.targetParameters
    pipe.roleArn = input.roleArn
    pipe.logConfiguration = input.logConfiguration ?? pipe.logConfiguration
    if let key = input.kmsKeyIdentifier { pipe.kmsKeyIdentifier = key.isEmpty ? nil : key }
    try pipe.check(call.room.context, in: call.partition)
    pipe.fillDefaults()
    return try call.change(pipe, to: "UPDATING")
  }
}
