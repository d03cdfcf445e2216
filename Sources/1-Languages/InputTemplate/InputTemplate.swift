import JSON

/// A template from which the input of a target is made: text, JSON, or JSON with variables in it.
///
/// Outside quotes a variable becomes JSON: text gets its quotes. Inside quotes text goes in as it is (escaped where the result would be no
/// JSON), objects and lists go in without their inner quotes. A variable without a value becomes the empty text. A result that is JSON
/// is written without white space.
///
/// Source: EventBridge User Guide, "Amazon EventBridge input transformation" and "Amazon EventBridge Pipes input transformation".
public struct InputTemplate: Sendable {
  enum Place: Sendable { case outside, quoted, free }
  enum Part: Sendable {
    case literal(String)
    case variable(String, Place)
  }
  public let text: String
  let parts: [Part]
  /// The names of its variables, each once, without brackets.
  public let variables: [String]

  /// A template of a rule's target. Throws when it uses a name that is neither given nor reserved, or when it is no JSON.
  public init(rule text: String, names: some Sequence<String> = []) throws(InputTemplateError) {
    let known = Set(names).union(RuleVariables.reserved)
    var scanner = TemplateScanner(text, isFree: false, isVariableByte: TemplateScanner.isName)
    try scanner.scan { name throws(InputTemplateError) in
      guard known.contains(name) else { throw InputTemplateError(.placeholder(name)) }
      return true
    }
    try scanner.checkJSON()
    self.init(text, scanner)
  }

  /// A template of a pipe's enrichment or target, which may be free text. Throws for a path or reserved variable that there is not.
  public init(pipe text: String) throws(InputTemplateError) {
    var scanner = TemplateScanner(text, isFree: TemplateScanner.isFreeText(text), isVariableByte: TemplateScanner.isPath)
    try scanner.scan { name throws(InputTemplateError) in
      if name.hasPrefix("$") {
        _ = try EventPath(name)
        return true
      }
      guard name.hasPrefix("aws.pipes.") else { return false }
      guard PipeVariables.reserved.contains(name) else { throw InputTemplateError(.placeholder(name)) }
      return true
    }
    self.init(text, scanner)
  }

  private init(_ text: String, _ scanner: TemplateScanner) {
    self.text = text
    parts = scanner.parts
    var seen = Set<String>()
    variables = parts.compactMap { part in
      if case .variable(let name, _) = part, seen.insert(name).inserted { name } else { nil }
    }
  }
}
