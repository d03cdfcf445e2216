import ServiceKit
import Time

/// Which stretches of time the data points of an alarm are of.
///
/// Source: Amazon CloudWatch User Guide, "Alarm evaluation window".
enum AlarmWindow: Hashable, Sendable {
  /// Moves on with each evaluation.
  case sliding
  /// Periods begin where the clocks of a zone show it: at a whole minute or hour, at midnight, on Monday.
  case wallClock(AlarmZone)
}

/// Where clocks are read: a zone by its name, or seconds ahead of UTC.
enum AlarmZone: Hashable, Sendable {
  case named(Zone)
  case fixed(Int64)

  /// Takes `Europe/Berlin`, `+05:30` and `UTC+05:30`. Throws ValidationError.
  init(_ text: String) throws(Fault) {
    if let seconds = Self.offset(text) {
      self = .fixed(seconds)
      return
    }
    do { self = .named(try Zone(identifier: text)) } catch {
      throw .broken(
        "Timezone \(text.prefix(50)) is neither the name of a time zone nor an offset from UTC of a multiple of 5 minutes, such as +05:30.")
    }
  }

  private static func offset(_ text: String) -> Int64? {
    let rest = text.hasPrefix("UTC") ? text.dropFirst(3) : text[...]
    let bytes = Array(rest.utf8)
    guard bytes.count == 6, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"), bytes[3] == UInt8(ascii: ":"),
      let hours = Int64(String(rest.dropFirst().prefix(2))), let minutes = Int64(String(rest.suffix(2))), (0...14).contains(hours),
      (0..<60).contains(minutes), minutes % 5 == 0
    else { return nil }
    return (hours * 3_600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
  }

  /// `Europe/Berlin`, `UTC+05:30`
  var words: String {
    switch self {
    case .named(let zone): return zone.identifier
    case .fixed(let seconds):
      let minutes = abs(seconds) / 60
      func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
      return "UTC\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
  }

  private func offset(at second: Int64) -> Int64 {
    switch self {
    case .named(let zone): Int64(zone.offset(at: Timestamp(seconds: second)))
    case .fixed(let seconds): seconds
    }
  }

  /// Where the period begins that the second is in.
  func floor(_ second: Int64, period: Int64) -> Int64 {
    let offset = offset(at: second)
    let local = second + offset
    // Weeks begin on Monday; 1970-01-01 was a Thursday.
    let monday: Int64 = period == 604_800 ? 3 * 86_400 : 0
    let rest = (((local + monday) % period) + period) % period
    guard period >= 86_400, case .named(let zone) = self else { return second - rest }
    let begin = local - rest
    let found = zone.instants(of: CivilDate(secondsSinceEpoch: begin)).first
    // Where clocks are put forward over midnight the day begins with the first instant after it.
    return found?.seconds ?? begin - self.offset(at: begin - offset + 7_200)
  }
}

extension AlarmDefinition {
  /// Seconds by which a window that slides moves on.
  private var step: Int64 { Int64(min(cadence, period)) }

  /// Whether periods may differ in length, because clocks are changed.
  var isUneven: Bool {
    if case .wallClock(.named) = window { return period >= 86_400 }
    return false
  }

  /// The end of the last period that is judged at an instant; the one that runs is not.
  func end(_ now: Timestamp) -> Int64 {
    switch window {
    case .sliding: now.seconds - ((now.seconds % step) + step) % step
    case .wallClock(let zone): zone.floor(now.seconds, period: Int64(period))
    }
  }

  /// The end that follows.
  func end(after end: Int64) -> Int64 {
    switch window {
    case .sliding: end + step
    // Enough for a day of 25 hours.
    case .wallClock(let zone): zone.floor(end + Int64(period) + (isUneven ? 7_200 : 0), period: Int64(period))
    }
  }

  /// When the periods of the evaluation range begin, the latest first.
  func starts(end: Int64) -> [Int64] {
    guard isUneven, case .wallClock(let zone) = window else { return (1...range).map { end - Int64($0) * Int64(period) } }
    var starts: [Int64] = []
    for _ in 0..<range { starts.append(zone.floor((starts.last ?? end) - 1, period: Int64(period))) }
    return starts
  }

  /// The beginning of the evaluation range that ends there.
  func start(end: Int64) -> Int64 { starts(end: end).last ?? end }
}
