import ScheduleExpression
import ServiceKit
import Time

/// When a mute rule is active: Unix cron with five fields, or one instant, and how long.
///
/// Source: Amazon CloudWatch API Reference, Schedule.
struct MuteSchedule: Sendable {
  /// Two for a cron expression that names days of the month and of the week: either will do, as in Unix cron.
  private let expressions: [ScheduleExpression]
  private let zone: Zone
  let length: Duration

  init(_ text: String, duration: String, timezone: String?) throws(Fault) {
    do { zone = try Zone(identifier: timezone ?? "UTC") } catch {
      throw .broken("Timezone \(timezone ?? "") is not a known time zone identifier.")
    }
    guard let seconds = Self.seconds(duration), (60...15 * 86_400).contains(seconds) else {
      throw .broken("Duration \(duration.prefix(50)) must be an ISO 8601 duration from PT1M to P15D.")
    }
    length = .seconds(seconds)
    let refusal = Fault.broken(
      "Schedule expression \(text.prefix(256)) is not valid: use cron(Minutes Hours Day-of-month Month Day-of-week) or at(yyyy-MM-ddThh:mm)."
    )
    var found: [ScheduleExpression] = []
    for form in Self.forms(text) {
      do { found.append(try ScheduleExpression(form, dialect: .scheduler)) } catch { throw refusal }
    }
    if found.isEmpty { throw refusal }
    expressions = found
  }

  /// The same in the language of schedules.
  private static func forms(_ text: String) -> [String] {
    if text.hasPrefix("at("), text.hasSuffix(")") {
      let inner = text.dropFirst(3).dropLast()
      return inner.utf8.count == 16 ? ["at(\(inner):00)"] : inner.utf8.count == 19 ? [text] : []
    }
    guard text.hasPrefix("cron("), text.hasSuffix(")") else { return [] }
    let fields = text.dropFirst(5).dropLast().split(separator: " ").map(String.init)
    guard fields.count == 5 else { return [] }
    let (minutes, hours, days, months) = (fields[0], fields[1], fields[2], fields[3])
    guard let weekdays = weekdays(fields[4]) else { return [] }
    let ofMonth = "cron(\(minutes) \(hours) \(days) \(months) ? *)"
    let ofWeek = "cron(\(minutes) \(hours) ? \(months) \(weekdays) *)"
    if weekdays == "*" || weekdays == "?" { return [ofMonth] }
    return days == "*" || days == "?" ? [ofWeek] : [ofMonth, ofWeek]
  }

  /// Days by name: numbers count from 0, which is Sunday as 7 is. Nil for what is no list of days.
  private static func weekdays(_ field: String) -> String? {
    let names = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
    var parts: [String] = []
    for part in field.split(separator: ",", omittingEmptySubsequences: false) {
      var ends: [String] = []
      for end in part.split(separator: "-", omittingEmptySubsequences: false) {
        if let number = Int(end) {
          guard names.indices.contains(number) else { return nil }
          ends.append(names[number])
        } else {
          ends.append(String(end))
        }
      }
      parts.append(ends.joined(separator: "-"))
    }
    return parts.joined(separator: ",")
  }

  /// `P2DT12H30M`: weeks, days, hours, minutes and seconds, each once and in this order.
  static func seconds(_ text: String) -> Int? {
    guard text.utf8.first == UInt8(ascii: "P"), text.utf8.count <= 50 else { return nil }
    let date: [Character: Int] = ["W": 604_800, "D": 86_400]
    let time: [Character: Int] = ["H": 3_600, "M": 60, "S": 1]
    var (total, number, isTime, last, any) = (0, "", false, Int.max, false)
    for character in text.dropFirst() {
      if character == "T" {
        guard !isTime, number.isEmpty else { return nil }
        isTime = true
      } else if character.isASCII, character.isNumber {
        number.append(character)
      } else {
        guard let unit = (isTime ? time : date)[character], unit < last, number.utf8.count <= 7, let value = Int(number) else { return nil }
        total += value * unit
        (last, number, any) = (unit, "", true)
      }
    }
    return number.isEmpty && any ? total : nil
  }

  /// The latest beginning at or before the instant.
  func last(upTo instant: Timestamp) -> Timestamp? {
    expressions.compactMap { $0.previous(before: instant + .microseconds(1), in: zone, anchor: instant) }.max()
  }

  func next(after instant: Timestamp) -> Timestamp? {
    expressions.compactMap { $0.next(after: instant, in: zone, anchor: instant) }.min()
  }
}
