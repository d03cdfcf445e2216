import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Compiles a definition that has to be good.
func machine(_ json: JSONValue, _ location: SourceLocation = #_sourceLocation) throws -> StateMachineDefinition {
  let check = StateMachineDefinition.check(json)
  return try #require(check.definition, "\(check.invalidDefinition ?? "")", sourceLocation: location)
}

func machine(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> StateMachineDefinition {
  try machine(try JSONValue(parsing: text), location)
}

/// A function's ARN as it stands in definitions.
let lambda = "arn:aws:lambda:us-east-1:111111111111:function:f"

extension Played {
  init(_ text: String, input: JSONValue = [:], limits: InterpreterEnvironment.Limits = .open) throws {
    self.init(try machine(text), input: Payload(input), limits: limits)
  }

  /// Types of the events, without the word State in the middle and without the execution's start: `PassEntered`.
  var types: [String] { events.dropFirst().map { $0.type.rawValue } }
  /// `type<previous>` by number of the event.
  var chain: [String] { events.map { "\($0.id)<\($0.previousID) \($0.type.rawValue)" } }

  var output: JSONValue? { if case .succeeded(let output)? = outcome { output.value } else { nil } }
  var error: String? { if case .failed(let error, _)? = outcome { error } else { nil } }
  var cause: String? { if case .failed(_, let cause)? = outcome { cause } else { nil } }

  /// Seconds from the start of the execution to now.
  var elapsed: Double { (now - Self.start).secondsAsDouble }

  /// The only task that runs.
  var task: Int { tasks.keys.min() ?? -1 }
}
