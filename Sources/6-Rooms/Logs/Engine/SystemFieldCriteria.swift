import ServiceKit
import Store

/// `fieldSelectionCriteria`: which accounts' and regions' events a filter looks at.
///
/// Source: CloudWatch Logs API Reference, PutSubscriptionFilter: `@aws.account` and `@aws.region` with =, !=, IN, NOT IN, AND, OR.
struct SystemFieldCriteria: Sendable {
  private indirect enum Node: Sendable {
    case test(field: String, values: [String], negated: Bool)
    case all([Node])
    case any([Node])
  }
  private let node: Node

  /// Throws InvalidParameterException.
  init(_ text: String) throws(Fault) {
    var reader = Reader(text)
    node = try reader.any(depth: 0)
    guard reader.token == nil else { throw reader.wrong }
  }

  func passes(_ partition: Partition) -> Bool { Self.passes(node, partition) }

  private static func passes(_ node: Node, _ partition: Partition) -> Bool {
    switch node {
    case .test(let field, let values, let negated):
      values.contains(field == "@aws.account" ? partition.account : partition.region) != negated
    case .all(let nodes): nodes.allSatisfy { passes($0, partition) }
    case .any(let nodes): nodes.contains { passes($0, partition) }
    }
  }

  private struct Reader {
    private var tokens: [String] = []
    private var position = 0
    let wrong: Fault

    init(_ text: String) {
      wrong = .parameter("Invalid fieldSelectionCriteria: \(text)")
      var rest = Substring(text)
      while let first = rest.first {
        if first.isWhitespace {
          rest.removeFirst()
        } else if first == "\"" {
          let body = rest.dropFirst().prefix { $0 != "\"" }
          tokens.append("\"" + body)
          rest = rest.dropFirst(body.count + 2)
        } else if rest.hasPrefix("!=") {
          tokens.append("!=")
          rest.removeFirst(2)
        } else if "=()[],".contains(first) {
          tokens.append(String(first))
          rest.removeFirst()
        } else {
          let word = rest.prefix { !$0.isWhitespace && !"=!()[],\"".contains($0) }
          tokens.append(word.isEmpty ? String(first) : String(word))
          rest = rest.dropFirst(max(word.count, 1))
        }
      }
    }

    var token: String? { position < tokens.count ? tokens[position] : nil }

    private mutating func take(_ wanted: String) -> Bool {
      guard token?.uppercased() == wanted else { return false }
      position += 1
      return true
    }

    mutating func any(depth: Int) throws(Fault) -> Node {
      var nodes = [try all(depth: depth)]
      while take("OR") { nodes.append(try all(depth: depth)) }
      return .any(nodes)
    }

    private mutating func all(depth: Int) throws(Fault) -> Node {
      var nodes = [try test(depth: depth)]
      while take("AND") { nodes.append(try test(depth: depth)) }
      return .all(nodes)
    }

    private mutating func test(depth: Int) throws(Fault) -> Node {
      guard depth < 16 else { throw wrong }
      if take("(") {
        let inner = try any(depth: depth + 1)
        guard take(")") else { throw wrong }
        return inner
      }
      guard let field = token, ["@aws.account", "@aws.region"].contains(field) else { throw wrong }
      position += 1
      if take("=") { return .test(field: field, values: [try value()], negated: false) }
      if take("!=") { return .test(field: field, values: [try value()], negated: true) }
      let negated = take("NOT")
      guard take("IN"), take("[") else { throw wrong }
      var values = [try value()]
      while take(",") { values.append(try value()) }
      guard take("]") else { throw wrong }
      return .test(field: field, values: values, negated: negated)
    }

    private mutating func value() throws(Fault) -> String {
      guard let token, token.hasPrefix("\"") else { throw wrong }
      position += 1
      return String(token.dropFirst())
    }
  }
}
