/// A regular expression over UTF-8 bytes, searched for anywhere in time linear in the text.
///
/// Whether a text matches is told by states worked out as they are met and kept (`RegexScanner`); what groups matched, by trying
/// alternatives in order while never being in one state at one place twice (`RegexCaptures`).
struct Regex: Sendable {
  let program: RegexProgram
  let pattern: [UInt8]
  /// Names of groups with their numbers.
  let names: [(name: String, group: Int)]
  /// Groups without and with names, without the whole match.
  let groups: Int
  /// Bytes that every match has, in a run.
  let literal: [UInt8]

  init(_ pattern: [UInt8]) throws(RegexError) {
    var parser = RegexParser(pattern)
    let node = try parser.parse()
    self.pattern = pattern
    names = parser.names
    groups = parser.groups
    program = RegexProgram(node)
    guard !program.isTooLarge else { throw RegexError(message: "the regular expression is too large", offset: 0) }
    var finder = LiteralFinder()
    finder.visit(node)
    finder.flush()
    literal = finder.longest
  }
}

/// Finds the longest run of bytes that every match has.
private struct LiteralFinder {
  var longest: [UInt8] = []
  private var run: [UInt8] = []

  mutating func flush() {
    if run.count > longest.count { longest = run }
    run = []
  }

  mutating func visit(_ node: RegexNode) {
    switch node {
    case .characters(let set):
      if let single = set.single, let scalar = Unicode.Scalar(single) { run += Array(String(scalar).utf8) } else { flush() }
    case .sequence(let parts): for part in parts { visit(part) }
    case .group(let inner, _): visit(inner)
    case .repetition(let inner, let least, _, _):
      if least > 0 {
        // What comes at least once has its literal, but not joined to what follows.
        visit(inner)
        flush()
      } else {
        flush()
      }
    case .choice: flush()
    case .assertion, .empty: break
    }
  }
}
