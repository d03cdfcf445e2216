import ServiceKit
import Store
import Time
import Wire

/// Lists pipes by name. Source: Amazon EventBridge Pipes API Reference, ListPipes.
struct ListPipes: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var desiredState: String?
    var currentState: String?
    var sourcePrefix: String?
    var targetPrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("namePrefix", \.namePrefix, 1...64, .resourceName), .oneOf("desiredState", \.desiredState, ["RUNNING", "STOPPED"]),
        .oneOf("currentState", \.currentState, states), .length("sourcePrefix", \.sourcePrefix, 1...1_600),
        .length("targetPrefix", \.targetPrefix, 1...1_600), .length("nextToken", \.nextToken, 1...2_048),
        .range("limit", \.limit, 1...100),
      ]
    }
    private static let states = [
      "RUNNING", "STOPPED", "CREATING", "UPDATING", "DELETING", "STARTING", "STOPPING", "CREATE_FAILED", "UPDATE_FAILED", "START_FAILED",
      "STOP_FAILED", "DELETE_FAILED", "CREATE_ROLLBACK_FAILED", "DELETE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED",
    ]
  }
  struct Output: Shape {
    var pipes: [Listed]
    var nextToken: String?
  }
  struct Listed: Shape {
    var name: String
    var arn: String
    var desiredState: String
    var currentState: String
    var stateReason: String?
    var creationTime: Timestamp
    var lastModifiedTime: Timestamp
    var source: String
    var target: String
    var enrichment: String?
  }
  static let route: OperationRoute? = OperationRoute(
    "GET", "/v1/pipes",
    query: [
      "NamePrefix": "NamePrefix", "DesiredState": "DesiredState", "CurrentState": "CurrentState", "SourcePrefix": "SourcePrefix",
      "TargetPrefix": "TargetPrefix", "NextToken": "NextToken", "Limit": "Limit",
    ])

  static func run(_ input: Input, _ call: Call<Pipes>) throws -> Output {
    var after = try call.cursor(input.nextToken)
    let limit = input.limit ?? 100
    var found: [Listed] = []
    while true {
      let page = try call.transaction.page(Pipe.self, in: call.partition, prefix: input.namePrefix ?? "", after: after, limit: 100)
      for pipe in page.items where matches(pipe, input) {
        if found.count == limit { return Output(pipes: found, nextToken: call.token(after)) }
        found.append(
          Listed(
            name: pipe.name, arn: pipe.arn(call.partition).description, desiredState: pipe.desiredState, currentState: pipe.currentState,
            stateReason: pipe.stateReason, creationTime: pipe.created, lastModifiedTime: pipe.modified, source: pipe.source,
            target: pipe.target, enrichment: pipe.enrichment))
        after = CatalogCursor(key: pipe.key)
      }
      guard let next = page.next else { return Output(pipes: found, nextToken: nil) }
      after = next
    }
  }

  private static func matches(_ pipe: Pipe, _ input: Input) -> Bool {
    (input.desiredState.map { pipe.desiredState == $0 } ?? true) && (input.currentState.map { pipe.currentState == $0 } ?? true)
      && (input.sourcePrefix.map { pipe.source.hasPrefix($0) } ?? true) && (input.targetPrefix.map { pipe.target.hasPrefix($0) } ?? true)
  }
}
