import JSON

extension DatePicture {
  /// The instant that the text means in the form of the picture; nil when it has another form.
  func parse(_ text: String, _ machine: Machine) throws -> Double? {
    let regex: Regex
    do { regex = try Regex(try pattern(), Regex.Options(ignoresCase: true)) } catch is Regex.Malformed { return nil }
    guard let bounds = try regex.first(in: text, from: 0, machine) else { return nil }
    var found: [Character: Double] = [:]
    var place = 1
    var specified = false
    for part in parts {
      defer { place += 1 }
      guard case .marker(let marker) = part else { continue }
      let piece = bounds[2 * place] >= 0 ? Text.slice(text, bounds[2 * place]..<bounds[2 * place + 1]) : ""
      specified = true
      found[marker.component] = try value(marker, piece)
    }
    return specified ? try instant(found, Calendar(machine.now)) : nil
  }

  /// A pattern with a group for each part.
  private func pattern() throws -> String {
    var pattern = "^"
    for part in parts {
      switch part {
      case .literal(let text):
        pattern += "("
        for character in text {
          if ".*+?^${}()|[]\\/".contains(character) { pattern += "\\" }
          pattern.append(character)
        }
        pattern += ")"
      case .marker(let marker): pattern += "(" + (try self.pattern(marker)) + ")"
      }
    }
    return pattern + "$"
  }

  private func pattern(_ marker: Marker) throws -> String {
    if marker.component == "Z" || marker.component == "z" {
      var pattern = (marker.component == "z" ? "GMT" : "") + "[-+][0-9]+"
      if let separator = marker.integer?.separators.first, marker.integer?.interval ?? 0 > 0 {
        pattern += "\\\(separator.character)[0-9]+"
      }
      return pattern
    }
    guard let integer = marker.integer else {
      guard ["M", "x", "F", "P"].contains(marker.component) else {
        throw JSONataError("D3133", value: .string(String(marker.component)))
      }
      return "[a-zA-Z]+"
    }
    switch integer.style {
    case .letters: return integer.letterCase == .upper ? "[A-Z]+" : "[a-z]+"
    case .roman: return "[MDCLXVImdclxvi]+"
    case .words: return "(?:" + Numerals.vocabulary.joined(separator: "|") + ")+"
    case .decimal:
      return "[0-9]" + (integer.parseWidth.map { "{\($0)}" } ?? "+") + (integer.isOrdinal ? "(?:th|st|nd|rd)" : "")
    case .sequence(let token): throw JSONataError("D3130", value: .string(token))
    }
  }

  private func value(_ marker: Marker, _ piece: String) throws -> Double? {
    switch marker.component {
    case "Z", "z": return zoneMinutes(marker, piece)
    case "f":
      // The digits after a point, of which the first three are milliseconds.
      if case .decimal? = marker.integer?.style { return Double(String((piece + "00").prefix(3))) }
    default: break
    }
    if let integer = marker.integer { return try integer.parse(piece) }
    func named(_ names: [String]) -> Double? {
      names.firstIndex { shortened($0, marker) == piece }.map { Double($0 + 1) }
    }
    switch marker.component {
    case "M", "x": return named(Calendar.months)
    case "F": return named(Calendar.days)
    default: return ["am": 0, "AM": 0, "pm": 1, "PM": 1][piece]
    }
  }

  private func shortened(_ name: String, _ marker: Marker) -> String { marker.most.map { $0 > 0 ? String(name.prefix($0)) : name } ?? name }

  private func zoneMinutes(_ marker: Marker, _ piece: String) -> Double {
    let text = marker.component == "z" ? String(piece.dropFirst(3)) : piece
    if let separator = marker.integer?.separators.first, marker.integer?.interval ?? 0 > 0,
      let place = text.unicodeScalars.firstIndex(of: separator.character)
    {
      let after = text.unicodeScalars.index(after: place)
      return Self.integer(String(text[..<place])) * 60 + Self.integer(String(text[after...]))
    }
    guard text.count > 3 else { return Self.integer(text) * 60 }
    return Self.integer(String(text.prefix(3))) * 60 + Self.integer(String(text.dropFirst(3)))
  }

  /// Puts components together. What is larger than those given is taken from now, what is smaller is the least there is, and
  /// none may be missing in between.
  private func instant(_ given: [Character: Double], _ now: Calendar) throws -> Double? {
    var found = given
    func mask(_ components: String) -> Int { components.reduce(0) { $0 << 1 | ((given[$1] ?? 0) != 0 ? 1 : 0) } }
    func isOf(_ type: Int, _ mask: Int) -> Bool { ~type & mask == 0 && type & mask != 0 }
    let date = mask("YXMxWwdD")
    let isOrdinal = !isOf(0b1010_0001, date) && isOf(0b1000_0010, date)
    let isMonthWeek = isOf(0b0101_0100, date)
    let isYearWeek = !isMonthWeek && isOf(0b0100_1000, date)
    let time = mask("PHhmsf")
    let isHalfDay = !isOf(0b010111, time) && isOf(0b101111, time)
    let components =
      (isOrdinal ? "YD" : isMonthWeek ? "XxwF" : isYearWeek ? "XWF" : "YMD") + (isHalfDay ? "Phmsf" : "Hmsf")
    var started = false
    var ended = false
    for component in components {
      if found[component] != nil {
        started = true
        if ended { throw JSONataError("D3136") }
      } else if started {
        found[component] = component == "M" || component == "D" || component == "d" ? 1 : 0
        ended = true
      } else {
        found[component] = now.number(component).map { Double($0) }
      }
    }
    if isMonthWeek || isYearWeek { throw JSONataError("D3136") }
    return compose(found, isOrdinal, isHalfDay)
  }

  private func compose(_ found: [Character: Double], _ isOrdinal: Bool, _ isHalfDay: Bool) -> Double? {
    func part(_ component: Character) -> Int { Numbers.clampedInt(max(-1e6, min(1e6, found[component] ?? 0))) }
    var year = part("Y")
    // As JavaScript's Date.UTC has it.
    if 0...99 ~= year { year += 1900 }
    var day: Double
    if isOrdinal {
      day = Calendar.start(year, 1, 1) + Double(part("d") - 1) * Calendar.dayLength
    } else {
      let month = max(part("M"), 1) - 1
      day = Calendar.start(year + month / 12, month % 12 + 1, 1) + Double(part("D") - 1) * Calendar.dayLength
    }
    var hour = part("H")
    if isHalfDay { hour = (part("h") == 12 ? 0 : part("h")) + (part("P") == 1 ? 12 : 0) }
    day += Double(hour) * 3_600_000 + Double(part("m")) * 60_000 + Double(part("s")) * 1000 + Double(part("f"))
    day -= Double(part("Z") != 0 ? part("Z") : part("z")) * 60_000
    return day.magnitude <= 8.64e15 ? day : nil
  }
}
