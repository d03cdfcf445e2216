import JSON
import ServiceKit
import Store
import Wire

/// Creates a pipe, which runs a moment later. Source: Amazon EventBridge Pipes API Reference, CreatePipe.
struct CreatePipe: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var desiredState: String?
    var source: String
    var sourceParameters: SourceParameters?
    var enrichment: String?
    var enrichmentParameters: EnrichmentParameters?
    var target: String
    var targetParameters: TargetParameters?
    var roleArn: String
    var tags: [String: String]?
    var logConfiguration: LogConfiguration?
    var kmsKeyIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("description", \.description, 0...512),
        .oneOf("desiredState", \.desiredState, ["RUNNING", "STOPPED"]), .length("source", \.source, 1...1_600),
        .length("enrichment", \.enrichment, 0...1_600), .length("target", \.target, 1...1_600),
        .length("roleArn", \.roleArn, 1...1_600, .roleARN), .count("tags", \.tags, 1...50),
        .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .keyIdentifier),
      ]
    }
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/pipes/{Name}")

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("pipes", "pipe/\(input.name)") }

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> PipeState {
    if try call.get(Pipe.self, input.name) != nil {
      throw Fault.pipeConflict(input.name, "Pipe \(input.name) already exists.")
    }
    if call.enforcesQuotas, try call.transaction.count(Pipe.kind, in: call.partition, prefix: "") >= 1_000 {
      throw Fault.pipeQuota(input.name)
    }
    try PipeTags.check(input.tags)
    let enrichment = input.enrichment.flatMap { $0.isEmpty ? nil : $0 }
    var pipe = Pipe(
      name: input.name, description: input.description, desiredState: input.desiredState ?? "RUNNING", currentState: "CREATING",
      source: input.source, sourceParameters: input.sourceParameters, enrichment: enrichment,
      enrichmentParameters: input.enrichmentParameters, target: input.target, targetParameters: input.targetParameters,
      roleArn: input.roleArn, tags: input.tags ?? [:], logConfiguration: input.logConfiguration,
      kmsKeyIdentifier: input.kmsKeyIdentifier.flatMap { $0.isEmpty ? nil : $0 }, created: call.now, modified: call.now, version: "")
    try pipe.check(call.room.context, in: call.partition)
    pipe.fillDefaults()
    return try call.change(pipe, to: "CREATING")
  }
}

extension TextPattern {
  static let roleARN = TextPattern(#"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z0-9+=,.@\-_/]+"#) { text in
    guard let arn = ARN(text), arn.service == "iam", arn.region.isEmpty else { return false }
    return arn.account.utf8.count == 12 && arn.account.utf8.allSatisfy { (48...57).contains($0) } && arn.resource.hasPrefix("role")
      && arn.resource.utf8.count > 4
  }
  static let keyIdentifier = TextPattern(#"[a-zA-Z0-9_\-/:]*"#, alphanumericsAnd: "_-/:")
}
