/// Why a template or path is refused, or could not be filled in.
public struct InputTemplateError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Problem: Hashable, Sendable {
    /// A variable that is neither defined nor reserved.
    case placeholder(String)
    /// Not JSON where JSON is needed; the place counts from 1, in characters.
    case syntax(line: Int, column: Int)
    /// A variable in place of an object's key.
    case key(String)
    /// Not a path EventBridge reads.
    case path(String)
    /// A path that a target's parameter names and the event does not have.
    case missing(String)
    /// The result would be longer than so many bytes.
    case tooLong(Int)
  }
  public let problem: Problem
  public init(_ problem: Problem) { self.problem = problem }

  public var description: String {
    switch problem {
    case .placeholder(let name): "contains invalid placeholder \(name)"
    case .syntax(let line, let column): "is not valid JSON at line \(line), column \(column)"
    case .key(let name): "uses the placeholder \(name) as an object key"
    case .path(let text): "'\(text)' is not a JSON path that EventBridge supports"
    case .missing(let text): "the event has nothing at '\(text)'"
    case .tooLong(let limit): "the result is longer than \(limit) bytes"
    }
  }

  /// The sentence with which PutTargets refuses the template of a target.
  public func sentence(target: String, template: String) -> String {
    switch problem {
    case .placeholder, .key: "InputTemplate for target \(target) \(description)."
    case .syntax(let line, let column):
      "Invalid InputTemplate for target \(target) : [Source: (String)\"\(template)\"; line: \(line), column: \(column)]."
    case .path, .missing, .tooLong: "Invalid InputTransformer for target \(target) : \(description)."
    }
  }
}
