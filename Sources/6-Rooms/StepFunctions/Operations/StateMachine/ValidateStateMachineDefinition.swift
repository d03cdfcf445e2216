import JSON
import ServiceKit
import StatesLanguage

/// Says what is wrong with a definition. Source: AWS Step Functions API Reference, ValidateStateMachineDefinition.
struct ValidateStateMachineDefinition: Operation {
  struct Input: Shape {
    var definition: String
    var type: String?
    var severity: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [
        .length("definition", \.definition, 1...1_048_576), .oneOf("type", \.type, ["STANDARD", "EXPRESS"]),
        .oneOf("severity", \.severity, ["ERROR", "WARNING"]), .range("maxResults", \.maxResults, 0...100),
      ]
    }
  }
  struct Output: Shape {
    var result: String
    var diagnostics: [JSONValue]
    var truncated: Bool
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let invoker = call.room.context.invoker
    let check = StateMachineDefinition.check(input.definition, type: input.type.flatMap(WorkflowType.init) ?? .standard) {
      Integration.isServed($0, invoker)
    }
    let found = check.diagnostics.filter { input.severity == "WARNING" || $0.severity == .error }
    let most = input.maxResults.flatMap { $0 == 0 ? nil : $0 } ?? 100
    return Output(
      result: check.errors.isEmpty ? "OK" : "FAIL",
      diagnostics: found.prefix(most).map { JSONCase.value($0.json, call.context.memberCase) }, truncated: found.count > most)
  }
}
