/// Where the values of a document stand in its text, so that findings can be shown where they are.
public struct SourceTree: Sendable {
  public struct Position: Sendable, Hashable {
    /// From 1.
    public let line: Int
    /// Characters from 1.
    public let column: Int

    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  public struct Node: Sendable {
    public let position: Position
    public let content: Content

    public init(_ position: Position, _ content: Content) {
      self.position = position
      self.content = content
    }
  }

  public indirect enum Content: Sendable {
    case plain
    case array([Node])
    /// The position of a member is that of its name.
    case object([(name: String, at: Position, value: Node)])
  }

  public let root: Node

  public init(root: Node) { self.root = root }

  /// The place of a location like `/States/A/Choices[0]/Next`, as far as the document has it. Names may hold slashes.
  public func position(of location: String?) -> Position {
    guard let location, !location.isEmpty, location != "/" else { return root.position }
    return Self.find(location[...], root, root.position, 0).position
  }

  /// The deepest place that a beginning of the location names, with what is left of the location.
  private static func find(_ rest: Substring, _ node: Node, _ here: Position, _ depth: Int) -> (position: Position, left: Int) {
    var best = (position: here, left: rest.utf8.count)
    guard !rest.isEmpty, depth < 1_024 else { return best }
    switch node.content {
    case .plain: break
    case .object(let members):
      guard rest.first == "/" else { break }
      for member in members where rest.dropFirst().hasPrefix(member.name) {
        let after = rest.dropFirst(1 + member.name.count)
        guard after.isEmpty || after.first == "/" || after.first == "[" else { continue }
        let found = find(after, member.value, member.at, depth + 1)
        if found.left < best.left { best = found }
      }
    case .array(let elements):
      guard rest.first == "[", let end = rest.firstIndex(of: "]"), let index = Int(rest[rest.index(after: rest.startIndex)..<end]),
        elements.indices.contains(index)
      else { break }
      let found = find(rest[rest.index(after: end)...], elements[index], elements[index].position, depth + 1)
      if found.left < best.left { best = found }
    }
    return best
  }
}
