import JSON

/// A match of a regular expression or a matcher function.
struct Match {
  /// Byte offsets.
  var start: Int
  var end: Int
  var groups: [String?] = []
  /// What a matcher function says the text is; the text between the offsets otherwise.
  var claimed: String?

  func text(in source: String) -> String { claimed ?? Text.slice(source, start..<end) }

  /// How many bytes are passed.
  func matched(in source: String) -> Int { claimed.map { $0.utf8.count } ?? end - start }
}

/// Goes from match to match.
struct Cursor {
  private let machine: Machine
  private let matcher: Function
  private let text: String
  private let frame: Frame
  private var place = 0
  private var started = false
  /// What the last match of a matcher function offers to go on.
  private var following: Value = .undefined
  private var last: Value = .undefined

  init(_ machine: Machine, _ matcher: Function, _ text: String, _ frame: Frame) {
    self.machine = machine
    self.matcher = matcher
    self.text = text
    self.frame = frame
  }

  mutating func next() throws -> Match? {
    try machine.tick()
    guard let regex = matcher as? RegexFunction else { return try called() }
    if started, place >= text.utf8.count { return nil }
    guard let match = try regex.match(machine, text, place) else { return nil }
    if started, match.start == match.end { throw regex.emptyMatch }
    started = true
    place = match.end
    return match
  }

  /// The next match of a function that finds them.
  private mutating func called() throws -> Match? {
    let value: Value
    if !started {
      value = try machine.call(matcher, [.string(text)], .null, frame)
    } else {
      guard case .function(let next) = following else { return nil }
      value = try machine.call(next, [], .null, frame)
    }
    started = true
    last = value
    guard Arrays.scriptTruth(value) else { return nil }
    let start = value.member("start")
    following = value.member("next")
    let groups = value.member("groups")
    var hasStart = false
    if case .number = start { hasStart = true }
    guard hasStart || groups.isArray || following.isFunction else { throw JSONataError("T1010") }
    return match(value, start, groups)
  }

  private func match(_ value: Value, _ start: Value, _ groups: Value) -> Match {
    func offset(_ value: Value) -> Int? {
      guard case .number(let number) = value else { return nil }
      let units = text.utf16
      let place = units.index(units.startIndex, offsetBy: max(0, Numbers.clampedInt(number)), limitedBy: units.endIndex) ?? units.endIndex
      return text.utf8.distance(from: text.utf8.startIndex, to: place)
    }
    let from = offset(start) ?? 0
    var match = Match(start: from, end: max(from, offset(value.member("end")) ?? from))
    if case .string(let claimed) = value.member("match") { match.claimed = claimed }
    if groups.isArray {
      match.groups = (0..<groups.elementCount).map { if case .string(let text) = groups.element($0) { text } else { nil } }
    }
    return match
  }

  /// The match as the object that functions get.
  func value(_ match: Match) -> Value {
    guard let regex = matcher as? RegexFunction else { return last }
    return regex.value(match, text)
  }
}

/// A regular expression as the function that it is in the language.
final class RegexFunction: Function {
  let regex: Regex
  private let position: Int
  private static let names = Names(["match", "start", "end", "groups", "next"])

  init(_ regex: Regex, _ position: Int) {
    self.regex = regex
    self.position = position
    super.init(arity: 2)
  }

  var emptyMatch: JSONataError { JSONataError("D1004", position: position, value: .string(regex.pattern)) }

  /// The first match at or after the offset.
  func match(_ machine: Machine, _ text: String, _ start: Int) throws -> Match? {
    guard let bounds = try regex.first(in: text, from: start, machine) else { return nil }
    var match = Match(start: bounds[0], end: bounds[1])
    if bounds.count > 2 {
      match.groups.reserveCapacity(bounds.count / 2 - 1)
      for group in 1..<(bounds.count / 2) {
        let (from, to) = (bounds[2 * group], bounds[2 * group + 1])
        match.groups.append(from >= 0 && to >= from ? Text.slice(text, from..<to) : nil)
      }
    }
    return match
  }

  func value(_ match: Match, _ text: String) -> Value {
    let start = Text.utf16Offset(text, match.start)
    let matched = match.text(in: text)
    return .object(
      Record(
        Self.names,
        [
          .string(matched), .number(Double(start)), .number(Double(start + matched.utf16.count)),
          .array(Items(ContiguousArray(match.groups.map { $0.map { .string($0) } ?? .undefined }))),
          .function(NextMatch(self, text, match.end)),
        ]))
  }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    try machine.tick()
    let text: String
    switch arguments.first ?? .undefined {
    case .string(let given): text = given
    case .undefined: text = "undefined"
    case let other: text = try Strings.string(other)
    }
    guard let match = try match(machine, text, 0) else { return .undefined }
    return value(match, text)
  }
}

/// The `next` of a match.
final class NextMatch: Function {
  private let regex: RegexFunction
  private let text: String
  private let place: Int

  init(_ regex: RegexFunction, _ text: String, _ place: Int) {
    self.regex = regex
    self.text = text
    self.place = place
    super.init(arity: 0)
  }

  override func apply(_ machine: Machine, _ arguments: ContiguousArray<Value>, _ input: Value, _ frame: Frame) throws -> Value {
    if place >= text.utf8.count { return .undefined }
    guard let match = try regex.match(machine, text, place) else { return .undefined }
    if match.start == match.end { throw regex.emptyMatch }
    return regex.value(match, text)
  }
}
