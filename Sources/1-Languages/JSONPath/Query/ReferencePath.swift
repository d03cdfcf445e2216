import JSON

/// A path that names one place by member names and indexes, and can be written to: `ResultPath`, and the way `ItemsPath` reads.
public struct ReferencePath: Sendable, Hashable {
  public let path: JSONPath

  /// Refuses paths that are no reference paths.
  public init(_ text: String) throws(JSONPathSyntaxError) {
    let path = try JSONPath(text)
    guard path.isReference else { throw JSONPathSyntaxError(offset: 0, message: "Value is not a Reference Path") }
    self.path = path
  }

  /// Takes any path, for reading alone.
  public init(reading path: JSONPath) { self.path = path }

  public var text: String { path.text }
  /// True for `$`: what is written replaces the whole document.
  public var isRoot: Bool { path.isRoot }

  /// Raised where the document has no such place and none can be made.
  public struct Conflict: Error, Sendable, Hashable {
    /// The name or index that does not fit, as AWS prints it.
    public let step: String
  }

  /// The document with the value at this place. Missing objects on the way are made, indexes must exist, and a member can only
  /// be set on an object.
  public func writing(_ value: JSONValue, into document: JSONValue) throws(Conflict) -> JSONValue {
    try Self.write(value, path.segments[...], into: document)
  }

  // A path has at most 256 steps, which bounds the recursion.
  private static func write(_ value: JSONValue, _ steps: ArraySlice<Segment>, into document: JSONValue) throws(Conflict) -> JSONValue {
    guard let step = steps.first else { return value }
    switch step {
    case .member(let name):
      guard case .object(var object) = document else { throw Conflict(step: name) }
      let inner = object[name] ?? .object(JSONObject())
      object[name] = try write(value, steps.dropFirst(), into: inner)
      return .object(object)
    case .index(let position):
      guard case .array(var elements) = document, elements.indices.contains(position) else {
        throw Conflict(step: String(position))
      }
      elements[position] = try write(value, steps.dropFirst(), into: elements[position])
      return .array(elements)
    default:
      throw Conflict(step: step.description)
    }
  }

  /// The value at this place, or the step that leads nowhere.
  public func read(_ document: JSONValue) throws(Conflict) -> JSONValue {
    do throws(PathMiss) {
      return try path.read(document)
    } catch {
      switch path.segments[error.step] {
      case .member(let name): throw Conflict(step: name)
      case .index(let position): throw Conflict(step: String(position))
      default: throw Conflict(step: path.segments[error.step].description)
      }
    }
  }
}
