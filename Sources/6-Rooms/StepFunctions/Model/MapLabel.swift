import JSON
import JSONPath
import ServiceKit
import StatesLanguage

/// The names of Distributed Map states in the ARNs of their map runs and children.
enum MapLabel {
  /// The label of a state that the definition gives none: always the same for a state, in the form of a UUID.
  ///
  /// - Parameter machine: the machine, of a map inside a map with the labels around it.
  static func made(machine: String, state: String) -> String {
    let digits = Array("0123456789abcdef")
    let digest = Digests.digest(Array("\(machine)/\(state)".utf8), .sha256).prefix(16)
    let hex = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }.joined(separator: "-")
  }

  /// The item processor of the state that a labelled machine, `machine/label`, names; nil when there is none.
  static func processor(_ labelled: String, machine: String, in definition: JSONValue) -> JSONValue? {
    for (name, state) in definition["States"]?.object ?? JSONObject() {
      for branch in state["Branches"]?.array ?? [] {
        if let found = processor(labelled, machine: machine, in: branch) { return found }
      }
      guard let processor = state["ItemProcessor"] ?? state["Iterator"] else { continue }
      var inner = [machine]
      if processor["ProcessorConfig"]?["Mode"] == "DISTRIBUTED" {
        // Runs of earlier versions have the state's name where it has no label.
        inner = (state["Label"]?.string.map { [$0] } ?? [made(machine: machine, state: name), name]).map { "\(machine)/\($0)" }
        if inner.contains(labelled) { return processor }
      }
      for machine in inner where labelled.hasPrefix("\(machine)/") {
        if let found = self.processor(labelled, machine: machine, in: processor) { return found }
      }
    }
    return nil
  }
}

/// What is shown of the definition of a machine or of a Distributed Map state.
struct ShownDefinition {
  var text: String
  /// By the names of states; nil where no state reads any.
  var references: [String: [String]]?

  /// Of a machine, or of `machine/label`; nil when it has no such state.
  init?(_ revision: MachineRevision, machine: String, _ room: StepFunctions) throws {
    let labelled = machine == revision.machine ? nil : machine
    text = revision.definition
    var compiled = text
    if let labelled {
      let definition = try JSONValue(parsing: revision.definition)
      guard case .object(var processor)? = MapLabel.processor(labelled, machine: revision.machine, in: definition) else { return nil }
      text = JSONValue.object(processor).text
      processor["ProcessorConfig"] = nil
      processor["QueryLanguage"] = definition["QueryLanguage"]
      compiled = JSONValue.object(processor).text
    }
    let found = room.references.value("\(revision.id) \(labelled ?? "")") {
      StateMachineDefinition.check(compiled).definition?.variableReferences() ?? [:]
    }
    references = found.isEmpty ? nil : found
  }

  /// What is shown where only metadata was asked for. Source: AWS Step Functions API Reference, DescribeStateMachine, `definition`.
  static let none = "{}"
}
