/// Which series got samples, in the order of it; each once between two looks, however many samples it gets.
struct MetricChangeLog: Sendable {
  private static let least = 1 << 16
  private let opening = UInt64.random(in: .min ... .max)
  private var log: [UInt32] = []
  /// Of the first entry of the log.
  private var base: UInt64 = 0
  /// The look since which a series is in the log, by number.
  private var marks: [UInt32] = []
  private var look: UInt32 = 1

  @inline(__always)
  mutating func note(_ number: UInt32) {
    let place = Int(number)
    if place < marks.count, marks[place] == look { return }
    add(number)
  }

  private mutating func add(_ number: UInt32) {
    let place = Int(number)
    while marks.count <= place { marks.append(contentsOf: repeatElement(0, count: max(64, marks.count / 2))) }
    marks[place] = look
    if log.count >= max(Self.least, 4 * marks.count) {
      let half = log.count / 2
      log.removeFirst(half)
      base += UInt64(half)
    }
    log.append(number)
  }

  mutating func since(_ token: MetricChangeToken?) -> MetricChanges {
    let end = base + UInt64(log.count)
    let next = MetricChangeToken(opening: opening, position: end)
    guard let token else { return MetricChanges(handles: [], isComplete: true, token: begin(next)) }
    guard token.opening == opening, token.position >= base, token.position <= end else {
      return MetricChanges(handles: [], isComplete: false, token: begin(next))
    }
    if token.position == end { return MetricChanges(handles: [], isComplete: true, token: next) }
    var seen: Set<UInt32> = []
    let handles = log[Int(token.position - base)...].compactMap { seen.insert($0).inserted ? MetricHandle(number: $0) : nil }
    return MetricChanges(handles: handles, isComplete: true, token: begin(next))
  }

  /// What comes from now on is noted again.
  private mutating func begin(_ token: MetricChangeToken) -> MetricChangeToken {
    look &+= 1
    if look == 0 {
      marks = []
      look = 1
    }
    return token
  }
}
