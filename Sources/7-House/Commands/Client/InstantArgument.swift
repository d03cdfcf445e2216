import ArgumentParser
import JSON
import Time

/// An instant as people write it.
struct InstantArgument: ExpressibleByArgument {
  let instant: Timestamp

  init?(argument text: String) { self.init(argument: text, now: SystemClock().now()) }

  init?(argument text: String, now: Timestamp) {
    if text == "now" {
      instant = now
    } else if let sign = text.first, sign == "-" || sign == "+" {
      let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
      guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropFirst().dropLast()), number >= 0, number < 1_000_000
      else { return nil }
      instant = sign == "-" ? now - .seconds(number * unit) : now + .seconds(number * unit)
    } else if let found = Timestamp(iso8601: text) ?? Timestamp(iso8601: text + "T00:00:00Z") ?? Timestamp(iso8601: text + "Z") {
      instant = found
    } else {
      return nil
    }
  }

  var json: JSONValue { .double(instant.epochSeconds) }
}

extension JSONValue {
  /// An instant as tables show it: to the second in UTC, more where it has more.
  var shownInstant: String {
    guard let seconds = double else { return "-" }
    let instant = Timestamp(epochSeconds: seconds)
    return instant.iso8601(instant.microseconds % 1_000_000 == 0 ? .seconds : .milliseconds)
  }
}
