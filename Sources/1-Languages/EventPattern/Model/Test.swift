/// One entry of a field's list in a pattern: what a value of the field may be.
///
/// Text is kept as UTF-8, because patterns compare bytes and Swift strings compare characters.
enum Test: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// Exactly this string.
  case string([UInt8])
  /// This number, however it is written.
  case number(PatternNumber)
  /// A string that is a plain IP address: any spelling of that address.
  case address(Network)
  case prefix([UInt8])
  case suffix([UInt8])
  case equalsIgnoringCase([UInt8])
  case prefixIgnoringCase([UInt8])
  case suffixIgnoringCase([UInt8])
  case wildcard(Wildcard)
  case range(NumberRange)
  case network(Network)
  /// The field is there, with any value that is no object and no empty array.
  case exists
  /// The field is not there.
  case absent
  case anythingBut(AnythingBut)
}

/// What a value must not be. A field that is missing is not anything but something.
enum AnythingBut: Hashable, Sendable {
  case strings([[UInt8]])
  case numbers([PatternNumber])
  case equalsIgnoringCase([[UInt8]])
  case prefixes([[UInt8]])
  case suffixes([[UInt8]])
  case wildcards([Wildcard])
}

/// What the values at one path must be: any of the tests suffices.
struct Condition: Hashable, Sendable {
  /// Names from the root, joined by dots; `a.b` is the member `b` of `a` and also the member named `a.b`, as in AWS.
  var path: [UInt8]
  var tests: [Test]
}

/// One way for an event to match a pattern: all conditions hold. A pattern has several when it uses `$or`.
struct Alternative: Hashable, Sendable {
  /// In the order in which the pattern names the paths; each path once.
  private(set) var conditions: [Condition] = []
  private var positions: [[UInt8]: Int] = [:]

  /// Adds a condition. A path named again replaces its earlier tests, as in AWS.
  mutating func require(_ path: [UInt8], _ tests: [Test]) {
    if let position = positions[path] {
      conditions[position].tests = tests
    } else {
      positions[path] = conditions.count
      conditions.append(Condition(path: path, tests: tests))
    }
  }
}
