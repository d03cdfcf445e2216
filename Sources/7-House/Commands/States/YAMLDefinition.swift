import JSON
import StatesLanguage
import Yams

/// YAML as the JSON it stands for, with the places of its values.
enum YAMLDefinition {
  typealias Unreadable = DefinitionFile.Unreadable

  /// Values of a document, those of anchors counted wherever they are used: a small file must not stand for an enormous one.
  private static let mostValues = 1_000_000

  static func read(_ text: String) throws(Unreadable) -> (JSONValue, SourceTree) {
    let node: Yams.Node?
    do { node = try Yams.compose(yaml: text) } catch {
      if let error = error as? YamlError { throw unreadable(error) }
      throw Unreadable(message: "\(error)", isMalformed: true)
    }
    guard let node else { throw Unreadable(message: "the document is empty", isMalformed: true) }
    var count = 0
    let (json, place) = try convert(node, 0, &count)
    return (json, SourceTree(root: place))
  }

  private static func unreadable(_ error: YamlError) -> Unreadable {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      Unreadable(message: problem, position: SourceTree.Position(line: mark.line, column: mark.column), isMalformed: true)
    default: Unreadable(message: "\(error)", isMalformed: true)
    }
  }

  private static func convert(_ node: Yams.Node, _ depth: Int, _ count: inout Int) throws(Unreadable) -> (JSONValue, SourceTree.Node) {
    let at = SourceTree.Position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    count += 1
    guard count <= mostValues else { throw Unreadable(message: "the document has too many values", position: at, isMalformed: true) }
    guard depth < 512 else { throw Unreadable(message: "the document is nested too deep", position: at, isMalformed: true) }
    switch node {
    case .scalar: return (scalar(node), SourceTree.Node(at, .plain))
    case .alias: throw Unreadable(message: "an alias names no anchor", position: at, isMalformed: true)
    case .sequence(let sequence):
      var values: [JSONValue] = []
      var places: [SourceTree.Node] = []
      for element in sequence {
        let (value, place) = try convert(element, depth + 1, &count)
        values.append(value)
        places.append(place)
      }
      return (.array(values), SourceTree.Node(at, .array(places)))
    case .mapping(let mapping):
      var object = JSONObject()
      var places: [(name: String, at: SourceTree.Position, value: SourceTree.Node)] = []
      for (key, element) in mapping {
        let name = key.scalar?.string ?? ""
        let (value, place) = try convert(element, depth + 1, &count)
        object[name] = value
        places.append((name, SourceTree.Position(line: key.mark?.line ?? at.line, column: key.mark?.column ?? at.column), place))
      }
      return (.object(object), SourceTree.Node(at, .object(places)))
    }
  }

  /// By YAML 1.2's core schema, except that a text that only looks like a date stays one.
  private static func scalar(_ node: Yams.Node) -> JSONValue {
    guard let scalar = node.scalar else { return .null }
    switch Tag.Name(rawValue: node.tag.description) {
    case .null: return .null
    case .bool: return node.bool.map(JSONValue.bool) ?? .string(scalar.string)
    case .int: return node.int.map { .int(Int64($0)) } ?? .string(scalar.string)
    case .float:
      guard let number = node.float, number.isFinite else { return .string(scalar.string) }
      return .double(number)
    default: return .string(scalar.string)
    }
  }
}
