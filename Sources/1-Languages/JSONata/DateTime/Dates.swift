import JSON
import Time

/// `$now`, `$millis`, `$fromMillis` and `$toMillis`.
enum Dates {
  static let functions: [Builtin] = [
    Builtin(
      "now", "<s?s?:s>", arity: 2,
      .many { machine, arguments in
        .string(try format(machine.now, arguments.string(0), arguments.string(1)))
      }),
    Builtin("millis", "<:n>", arity: 0, .many { machine, _ in .number(machine.now) }),
    Builtin(
      "fromMillis", "<n-s?s?:s>", arity: 3,
      .many { _, arguments in
        guard let millis = arguments.number(0) else { return .undefined }
        return .string(try format(millis, arguments.string(1), arguments.string(2)))
      }),
    Builtin(
      "toMillis", "<s-s?:n>", arity: 2,
      .many { machine, arguments in
        guard let text = arguments.string(0) else { return .undefined }
        if let picture = arguments.string(1) {
          return try DatePicture(picture).parse(text, machine).map { .number($0) } ?? .undefined
        }
        guard let millis = parseISO8601(text) else { throw JSONataError("D3110", value: .string(text)) }
        return .number(millis)
      }),
  ]

  static func format(_ millis: Double, _ picture: String?, _ zone: String?) throws -> String {
    let form = if let picture { try DatePicture(picture) } else { try DatePicture.iso8601 ?? DatePicture("") }
    return try form.format(millis, zone)
  }

  /// `2018`, `2018-02`, `2018-02-01T09:42:13.123+01:00` and what is between them.
  static func parseISO8601(_ text: String) -> Double? {
    var rest = Array(text.utf8)[...]
    func digits(_ count: Int) -> Int? {
      guard rest.count >= count, rest.prefix(count).allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0) { $0 * 10 + Int($1) - 48 }
    }
    func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = digits(4) else { return nil }
    var (month, day) = (1, 1)
    let next = rest
    if take("-"), let number = digits(2) { month = number } else { rest = next }
    let afterMonth = rest
    if take("-"), let number = digits(2) { day = number } else { rest = afterMonth }
    guard 1...12 ~= month, day >= 1, day <= CivilDate.daysIn(month: month, year: year) else { return nil }
    var millis = Calendar.start(year, month, day)
    if take("T") {
      guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2), minute < 60, second < 60,
        hour < 24 || (hour == 24 && minute == 0 && second == 0)
      else { return nil }
      millis += Double(hour * 3_600 + minute * 60 + second) * 1000
    }
    if take(".") {
      let fraction = rest.prefix { $0 >= 48 && $0 <= 57 }
      guard !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(fraction.count)
      millis += Double(String((String(decoding: fraction, as: UTF8.self) + "00").prefix(3))) ?? 0
    }
    if take("Z") { return rest.isEmpty ? millis : nil }
    if rest.isEmpty { return millis }
    let sign = take("-") ? -1 : take("+") ? 1 : 0
    guard sign != 0, let hours = digits(2) else { return nil }
    _ = take(":")
    guard let minutes = digits(2), rest.isEmpty, hours < 24, minutes < 60 else { return nil }
    return millis - Double(sign * (hours * 60 + minutes)) * 60_000
  }
}
