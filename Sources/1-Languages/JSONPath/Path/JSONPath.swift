import JSON

/// A compiled JSONPath expression as Amazon States Language uses it: members, indexes, slices, unions, wildcards, deep scans,
/// filters and the functions of the Java implementation that AWS runs.
///
/// A path is compiled once and evaluated many times; evaluation never fails by trap and allocates nothing for plain member chains.
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
/// Differs: `?` parameters and JSON literals as filter operands other than arrays are refused at compile time.
public struct JSONPath: Sendable {
  /// The path as written.
  public let text: String
  let segments: [Segment]
  /// True when the path names at most one place; evaluating any other path answers an array.
  public let isDefinite: Bool

  /// Compiles a path that starts with `$`. Throws where it is malformed.
  public init(_ text: String) throws(JSONPathSyntaxError) {
    var parser = PathParser(text)
    let segments = try parser.path()
    self.init(text: text, segments: segments)
  }

  init(text: String, segments: [Segment]) {
    self.text = text
    self.segments = segments
    isDefinite = segments.allSatisfy(\.isDefinite)
  }

  /// True for `$` alone.
  public var isRoot: Bool { segments.isEmpty }

  /// True for a reference path: only single members and non-negative indexes.
  public var isReference: Bool {
    segments.allSatisfy {
      switch $0 {
      case .member: true
      case .index(let position): position >= 0
      default: false
      }
    }
  }

  /// Names of the members that the path begins with, up to its first step of another kind.
  public var leadingMembers: [String] {
    var names: [String] = []
    for case .member(let name) in segments.prefix(while: { if case .member = $0 { true } else { false } }) { names.append(name) }
    return names
  }

  /// The normal form, `$['a']['b'][0]`.
  public var canonical: String { canonical(upTo: segments.count) }

  func canonical(upTo count: Int) -> String {
    segments.prefix(count).reduce(into: "$") { $0 += $1.description }
  }
}

extension JSONPath: Hashable {
  public static func == (left: JSONPath, right: JSONPath) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension JSONPath: CustomStringConvertible {
  public var description: String { text }
}

/// Where and why a path or an intrinsic call cannot be compiled.
public struct JSONPathSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// UTF-8 offset into the text.
  public let offset: Int
  public let message: String

  public init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }

  public var description: String { "\(message) at index \(offset)" }
}

/// One step of a path.
enum Segment: Sendable {
  case member(String)
  case members([String])
  case index(Int)
  case indexes([Int])
  case slice(from: Int?, to: Int?)
  case wildcard
  case filter(Predicate, text: String)
  /// `..`: the step after it, tried on the value and everything below it.
  indirect case scan(Segment)
  case function(PathFunction)

  var isDefinite: Bool {
    switch self {
    case .member, .index, .function: true
    case .members, .indexes, .slice, .wildcard, .filter, .scan: false
    }
  }
}

extension Segment: CustomStringConvertible {
  var description: String {
    switch self {
    case .member(let name): "['\(name)']"
    case .members(let names): "[" + names.map { "'\($0)'" }.joined(separator: ",") + "]"
    case .index(let position): "[\(position)]"
    case .indexes(let positions): "[" + positions.map(String.init).joined(separator: ",") + "]"
    case .slice(let from, let to): "[\(from.map(String.init) ?? ""):\(to.map(String.init) ?? "")]"
    case .wildcard: "[*]"
    case .filter(_, let text): text
    case .scan(let next): "..\(next)"
    case .function(let function): ".\(function)"
    }
  }
}
