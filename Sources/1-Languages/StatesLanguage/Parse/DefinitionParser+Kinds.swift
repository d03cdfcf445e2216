import JSON
import JSONPath
import Time

/// What belongs to one type of state.
extension DefinitionParser {
  mutating func kind(_ type: String, _ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> State.Kind? {
    switch type {
    case "Pass":
      if let result = fields.object["Result"]?.object, result.keys.contains(where: { $0.hasSuffix(".$") }) {
        warn(.passResultIsStatic, "The result of a Pass state is static; its '.$' fields are not computed", at: fields.at("Result"))
      }
      return .pass(result: fields.object["Result"])
    case "Task": return task(fields, language, scope).map(State.Kind.task)
    case "Choice": return choice(fields, language, scope).map(State.Kind.choice)
    case "Wait": return wait(fields, language).map(State.Kind.wait)
    case "Succeed": return .succeed
    case "Fail":
      return .fail(FailFields(error: failText("Error", fields, language), cause: failText("Cause", fields, language)))
    case "Parallel": return parallel(fields, language, scope).map(State.Kind.parallel)
    case "Map": return map(fields, language, scope).map(State.Kind.map)
    default: return nil
    }
  }

  private mutating func failText(_ name: String, _ fields: Fields, _ language: QueryLanguage) -> FailFields.Text? {
    switch only(oneOf: [name, "\(name)Path"], in: fields, required: false) {
    case name:
      guard let text = text(name, fields) else { return nil }
      guard language == .jsonata, JSONataExpression.marks(text) else { return .literal(text) }
      return jsonataExpression(text, at: fields.at(name)).map(FailFields.Text.jsonata)
    case nil: return nil
    default: return expression("\(name)Path", fields).map(FailFields.Text.path)
    }
  }

  private mutating func wait(_ fields: Fields, _ language: QueryLanguage) -> WaitFields? {
    let names = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"]
    switch only(oneOf: names, in: fields, required: true) {
    case "Seconds", "SecondsPath":
      return quantity("Seconds", fields, language, 0...99_999_999).map(WaitFields.seconds)
    case "TimestampPath": return expression("TimestampPath", fields).map(WaitFields.timestampPath)
    case "Timestamp":
      guard let text = text("Timestamp", fields) else { return nil }
      if language == .jsonata, JSONataExpression.marks(text) {
        return jsonataExpression(text, at: fields.at("Timestamp")).map(WaitFields.timestampJsonata)
      }
      guard let instant = Timestamp(iso8601: text) else {
        refuse("String does not match RFC3339 timestamp", at: fields.at("Timestamp"))
        return nil
      }
      return .timestamp(instant)
    default: return nil
    }
  }

  /// A whole number, its `...Path` form or, in JSONata, an expression.
  mutating func quantity(
    _ name: String, _ fields: Fields, _ language: QueryLanguage, _ range: ClosedRange<Int64>
  ) -> State.Quantity<Int64>? {
    switch only(oneOf: [name, "\(name)Path"], in: fields, required: false) {
    case nil: return nil
    case name:
      if language == .jsonata, case .string(let text)? = fields.object[name], JSONataExpression.marks(text) {
        return jsonataExpression(text, at: fields.at(name)).map(State.Quantity.jsonata)
      }
      return whole(name, fields, range).map(State.Quantity.literal)
    default: return expression("\(name)Path", fields).map(State.Quantity.path)
    }
  }

  private mutating func task(_ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> TaskFields? {
    require(["Resource"], in: fields)
    let timeout = quantity("TimeoutSeconds", fields, language, 1...99_999_999)
    let heartbeat = quantity("HeartbeatSeconds", fields, language, 1...99_999_999)
    if case .literal(let timeout)? = timeout, case .literal(let heartbeat)? = heartbeat, heartbeat >= timeout {
      refuse("Heartbeat interval must be smaller than the timeout value", at: fields.at("HeartbeatSeconds"))
    }
    let credentials = language == .jsonPath ? template("Credentials", fields) : nil
    let credentialsJsonata = language == .jsonata ? jsonataTemplate("Credentials", fields) : nil
    let retriers = retriers(fields)
    let catchers = catchers(fields, language, scope)
    guard let arn = text("Resource", fields) else { return nil }
    guard let resource = TaskResource(arn: arn) else {
      refuse("Value is not a valid resource ARN", at: fields.at("Resource"))
      return nil
    }
    check(resource, fields, language)
    return TaskFields(
      resource: resource, timeoutSeconds: timeout, heartbeatSeconds: heartbeat, credentials: credentials,
      credentialsJsonata: credentialsJsonata, retriers: retriers, catchers: catchers)
  }

  /// Services whose jobs cannot be waited for, and those that take no token.
  private static let noSync: Set<String> = ["lambda", "sns", "sqs", "dynamodb", "events", "apigateway", "http"]
  private static let noToken: Set<String> = [
    "athena", "batch", "codebuild", "elasticmapreduce", "emr-containers", "emr-serverless", "glue", "databrew", "mediaconvert",
    "sagemaker", "dynamodb", "http",
  ]

  private mutating func check(_ resource: TaskResource, _ fields: Fields, _ language: QueryLanguage) {
    let at = fields.at("Resource")
    switch resource {
    case .lambda: break
    case .activity:
      if type == .express { refuse("Express state machine does not support Activity ARN", at: at) }
      if fields.has("Credentials") { refuse("The field 'Credentials' is not supported for activities", at: fields.at("Credentials")) }
    case .integration(let integration):
      let impossible =
        switch integration.pattern {
        case .requestResponse: false
        case .sync: integration.isSDK || Self.noSync.contains(integration.service)
        case .sync2: integration.service != "states"
        case .waitForTaskToken: Self.noToken.contains(integration.service)
        }
      if impossible || !recognizes(integration) {
        refuse(
          "The resource provided \(integration.arn) is not recognized. The value is not a valid resource ARN, or the resource is "
            + "not available in this region.", at: at)
      }
      if type == .express, integration.pattern != .requestResponse {
        let pattern = integration.pattern == .waitForTaskToken ? ".waitForTaskToken" : ".sync"
        refuse("Express state machine does not support '\(pattern)' service integration", at: at)
      }
      let needed = language == .jsonPath ? "Parameters" : "Arguments"
      if !fields.has(needed) {
        refuse("\(needed) field is required for resource ARN: \(integration.arn)", at: fields.location)
      }
    }
  }

  private mutating func parallel(_ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> ParallelFields? {
    require(["Branches"], in: fields)
    let retriers = retriers(fields)
    let catchers = catchers(fields, language, scope)
    var branches: [Int] = []
    for branch in objects("Branches", fields) {
      allow(["Comment", "StartAt", "States"], in: branch)
      branches.append(flow(branch, depth: scope.depth + 1))
    }
    return ParallelFields(branches: branches, retriers: retriers, catchers: catchers)
  }
}
