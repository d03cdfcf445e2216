import ServiceKit

/// What AWS asks of an input transformer.
///
/// Source: EventBridge API Reference, InputTransformer; User Guide, "Amazon EventBridge input transformation". A name that begins
/// with `aws.` cannot be a key, as keys hold no dots.
enum TemplateRules {
  private static let wholeEvent = "aws.events.event.json"
  private static let reserved: Set<String> = [
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event", wholeEvent,
  ]
  private static let key = TextPattern(#"[A-Za-z0-9\_\-]+"#, alphanumericsAnd: "_-")

  static func check(_ transformer: Target.InputTransformer, of target: String, number: Int) throws(Fault) {
    let paths = (transformer.inputPathsMap ?? [:]).sorted { $0.key < $1.key }
    let shown = "{\(paths.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))}"
    let place = "targets.\(number).member.inputTransformer.inputPathsMap"
    func refusal(_ constraint: String) -> Fault {
      .validation("1 validation error detected: Value '\(shown)' at '\(place)' failed to satisfy constraint: \(constraint)")
    }
    for (name, path) in paths {
      if !key.accepts(name) || name.utf16.count > 256 {
        throw refusal(
          "Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than "
            + "or equal to 1, Member must satisfy regular expression pattern: \(key.expression)]")
      }
      if path.utf16.count > 256 {
        throw refusal("Map value must satisfy constraint: [Member must have length less than or equal to 256]")
      }
      try TargetRules.checkPath(path, of: target)
    }
    let names = Set(paths.map(\.key))
    for placeholder in placeholders(transformer.inputTemplate) where !names.contains(placeholder) && !reserved.contains(placeholder) {
      throw .validation("InputTemplate for target \(target) contains invalid placeholder \(placeholder).")
    }
    if transformer.inputTemplate.contains("<\(wholeEvent)>"), transformer.inputTemplate.first(where: { !$0.isWhitespace }) != "{" {
      throw .validation("InputTemplate for target \(target) contains placeholder \(wholeEvent) valid only for JSON template.")
    }
  }

  /// The names between `<` and `>`, in their order. What holds other characters is text.
  private static func placeholders(_ template: String) -> [String] {
    var found: [String] = []
    var name: [UInt8]?
    for byte in template.utf8 {
      switch byte {
      case UInt8(ascii: "<"): name = []
      case UInt8(ascii: ">"):
        if let name, !name.isEmpty { found.append(String(decoding: name, as: UTF8.self)) }
        name = nil
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
        name?.append(byte)
      default: name = nil
      }
    }
    return found
  }
}
