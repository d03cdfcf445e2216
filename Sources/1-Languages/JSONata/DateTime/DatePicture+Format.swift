import JSON

extension DatePicture {
  /// The instant at an offset such as `+0530`, in the form of the picture.
  func format(_ millis: Double, _ zone: String?) throws -> String {
    let offset = zone.map { Self.integer($0) } ?? 0
    let hours = (offset / 100).rounded(.down)
    let minutes = offset.truncatingRemainder(dividingBy: 100)
    let shifted = millis + (60 * hours + minutes) * 60_000
    guard shifted.magnitude <= 8.64e15 else { throw JSONataError("D3110", value: Output.json(millis)) }
    let calendar = Calendar(shifted)
    var text = ""
    for part in parts {
      switch part {
      case .literal(let literal): text += literal
      case .marker(let marker): text += try format(marker, calendar, hours, minutes)
      }
    }
    return text
  }

  /// The integer at the beginning, as parseInt reads it; 0 for none.
  static func integer(_ text: String) -> Double {
    var digits = Substring(text).drop { $0.isWhitespace }
    let negative = digits.first == "-"
    if negative || digits.first == "+" { digits = digits.dropFirst() }
    let value = Double(digits.prefix { $0.isASCII && $0.isNumber }.prefix(9)) ?? 0
    return negative ? -value : value
  }

  private func format(_ marker: Marker, _ calendar: Calendar, _ hours: Double, _ minutes: Double) throws -> String {
    switch marker.component {
    case "Z", "z": return try zone(marker, hours, minutes)
    case "P":
      let text = calendar.number("P") == 1 ? "pm" : "am"
      return marker.names == .upper ? text.uppercased() : text
    case "C", "E": return "ISO"
    default: break
    }
    guard var value = calendar.number(marker.component) else { return "" }
    if marker.component == "Y", marker.yearDigits >= 0, marker.yearDigits < 18 {
      var limit = 1
      for _ in 0..<marker.yearDigits { limit *= 10 }
      value %= limit
    }
    guard let names = marker.names, marker.component != "f" else { return try marker.integer?.format(Double(value)) ?? "\(value)" }
    var name: String
    switch marker.component {
    case "M", "x": name = Calendar.months[max(0, min(11, value - 1))]
    case "F": name = Calendar.days[max(0, min(6, value - 1))]
    default: throw JSONataError("D3133", value: .string(String(marker.component)))
    }
    if names == .upper { name = name.uppercased() } else if names == .lower { name = name.lowercased() }
    if let most = marker.most, name.count > most { name = String(name.prefix(most)) }
    return name
  }

  private func zone(_ marker: Marker, _ hours: Double, _ minutes: Double) throws -> String {
    guard let picture = marker.integer else { return "" }
    let offset = hours * 100 + minutes
    var text: String
    if picture.interval > 0 {
      text = try picture.format(offset)
    } else {
      switch picture.mandatoryDigits {
      case 1, 2:
        text = try picture.format(hours)
        if minutes != 0 { text += ":" + (try IntegerPicture("00").format(minutes)) }
      case 3, 4: text = try picture.format(offset)
      default: throw JSONataError("D3134", value: .int(Int64(picture.mandatoryDigits)))
      }
    }
    if offset >= 0 { text = "+" + text }
    if marker.component == "z" { text = "GMT" + text }
    return offset == 0 && marker.second == "t" ? "Z" : text
  }
}
