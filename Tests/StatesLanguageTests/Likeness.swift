import JSON

/// Compares events with a recording in which generated texts are placeholders: one placeholder stands for one text throughout.
struct Likeness {
  private var bindings: [String: String] = [:]
  /// Words that stand for any text or number.
  private static let words: Set<String> = ["timestamp", "datetime", "date", "start-time", "entered-time", "map_run_arn"]

  /// The first place where they differ, or nil.
  mutating func difference(_ wanted: JSONValue, _ found: JSONValue, at place: String = "") -> String? {
    switch (wanted, found) {
    case (.object(let wanted), .object(let found)):
      let missing = wanted.keys.filter { found[$0] == nil }
      let surplus = found.keys.filter { wanted[$0] == nil }
      if !missing.isEmpty || !surplus.isEmpty { return "\(place): missing \(missing), surplus \(surplus)" }
      for (name, value) in wanted {
        if let found = found[name], let difference = difference(value, found, at: "\(place)/\(name)") { return difference }
      }
      return nil
    case (.array(let wanted), .array(let found)):
      if wanted.count != found.count { return "\(place): \(wanted.count) elements wanted, \(found.count) found" }
      for (index, pair) in zip(wanted, found).enumerated() {
        if let difference = difference(pair.0, pair.1, at: "\(place)[\(index)]") { return difference }
      }
      return nil
    case (.object, .string(let text)), (.array, .string(let text)):
      guard let found = try? JSONValue(parsing: text) else { break }
      return difference(wanted, found, at: place)
    case (.string(let word), .string(let text)):
      if Self.words.contains(word) { return nil }
      if matches(Array(word), Array(text)) { return nil }
      // Arrays stay texts in recordings, and whether AWS keeps a client's spaces in them depends on the day.
      guard word.hasPrefix("["), let one = try? JSONValue(parsing: word), let other = try? JSONValue(parsing: text) else { break }
      return difference(one, other, at: place)
    case (.string(let word), .double), (.string(let word), .int):
      if Self.words.contains(word) { return nil }
    default:
      if wanted == found { return nil }
    }
    return "\(place): \(wanted.text) wanted, \(found.text) found"
  }

  private mutating func matches(_ pattern: [Character], _ text: [Character]) -> Bool {
    guard let found = Self.match(pattern[...], text[...], bindings) else { return false }
    bindings = found
    return true
  }

  private static func match(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>, _ known: [String: String]) -> [String: String]?
  {
    var (pattern, text) = (pattern, text)
    while let next = pattern.first {
      if let name = placeholder(pattern) {
        let rest = pattern.dropFirst(name.count)
        if let bound = known[name] {
          guard text.starts(with: bound) else { return nil }
          return match(rest, text.dropFirst(bound.count), known)
        }
        guard !text.isEmpty else { return nil }
        for length in 1...text.count {
          var known = known
          known[name] = String(text.prefix(length))
          if let found = match(rest, text.dropFirst(length), known) { return found }
        }
        return nil
      }
      guard text.first == next else { return nil }
      pattern = pattern.dropFirst()
      text = text.dropFirst()
    }
    return text.isEmpty ? known : nil
  }

  /// `<name>` at the beginning of a pattern.
  private static func placeholder(_ pattern: ArraySlice<Character>) -> String? {
    guard pattern.first == "<", let end = pattern.firstIndex(of: ">"), end - pattern.startIndex > 1 else { return nil }
    let name = pattern[pattern.startIndex + 1..<end]
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || "_:-".contains($0) }) else { return nil }
    return String(pattern[pattern.startIndex...end])
  }
}
