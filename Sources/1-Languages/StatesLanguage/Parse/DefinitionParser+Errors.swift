import JSON

/// `Retry` and `Catch`.
extension DefinitionParser {
  mutating func retriers(_ fields: Fields) -> [Retrier] {
    let entries = objects("Retry", fields, mayBeEmpty: true)
    var retriers: [Retrier] = []
    for (position, entry) in entries.enumerated() {
      allow(
        ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"], in: entry)
      let errors = errorNames(entry, last: position == entries.count - 1)
      let interval = whole("IntervalSeconds", entry, 0...99_999_999) ?? 1
      let longest = whole("MaxDelaySeconds", entry, 1...31_622_400)
      if let longest, longest <= interval {
        refuse("MaxDelaySeconds must be greater than IntervalSeconds", at: entry.at("MaxDelaySeconds"))
      }
      retriers.append(
        Retrier(
          errors: errors, intervalSeconds: interval, maxAttempts: whole("MaxAttempts", entry, 0...99_999_999) ?? 3,
          backoffRate: number("BackoffRate", entry, 1...Double.greatestFiniteMagnitude, shown: ("1.0", "")) ?? 2,
          maxDelaySeconds: longest, fullJitter: choice("JitterStrategy", entry, ["NONE", "FULL"]) == "FULL"))
    }
    return retriers
  }

  mutating func catchers(_ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> [Catcher] {
    let entries = objects("Catch", fields, mayBeEmpty: true)
    var catchers: [Catcher] = []
    for (position, entry) in entries.enumerated() {
      allow(["ErrorEquals", "Next", "ResultPath", "Assign", "Output", "Comment"], in: entry)
      refuseOtherLanguage(["ResultPath"], ["Output"], entry, language)
      require(["Next"], in: entry)
      let errors = errorNames(entry, last: position == entries.count - 1)
      let result = resultPath(entry, language)
      let assign = assignment(entry, language, .catcher)
      let output = language == .jsonata ? jsonataTemplate("Output", entry, .catcher) : nil
      if let name = text("Next", entry), let next = target(name, at: entry.at("Next"), scope) {
        catchers.append(
          Catcher(errors: errors, next: next, resultPath: result, assign: assign, output: output, index: position))
      }
    }
    return catchers
  }

  /// Fields of rules and catchers that exist in one language only.
  mutating func refuseOtherLanguage(_ jsonPath: [String], _ jsonata: [String], _ fields: Fields, _ language: QueryLanguage) {
    for name in language == .jsonPath ? jsonata : jsonPath where fields.has(name) {
      let other = language == .jsonPath ? QueryLanguage.jsonata : .jsonPath
      refuse(
        "The QueryLanguage is set to '\(language.rawValue)', but field '\(name)' is only supported for the "
          + "'\(other.rawValue)' QueryLanguage", at: fields.location)
    }
  }

  private mutating func errorNames(_ entry: Fields, last: Bool) -> [String] {
    require(["ErrorEquals"], in: entry)
    guard let value = entry.object["ErrorEquals"] else { return [] }
    guard case .array(let elements) = value else {
      refuse("Expected value of type [ARRAY]", at: entry.at("ErrorEquals"))
      return []
    }
    let errors = elements.compactMap(\.string)
    if errors.count < elements.count { refuse("Expected value of type [STRING]", at: entry.at("ErrorEquals")) }
    if elements.isEmpty { refuse("Value cannot be empty", at: entry.at("ErrorEquals")) }
    if errors.contains(ErrorName.all), errors.count > 1 || !last {
      refuse("States.ALL must appear alone and at end of list", at: entry.at("ErrorEquals"))
    }
    return errors
  }
}
