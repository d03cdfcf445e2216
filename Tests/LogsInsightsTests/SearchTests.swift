import Foundation
import LogsInsights
import Testing

@Suite struct SearchTests {
  /// Parts of all lengths at all places, beside a search place by place.
  @Test func substrings() throws {
    var random = Random(seed: 11)
    for length in 1...40 {
      let part = String((0..<length).map { _ in Character(Unicode.Scalar(UInt8(97 + random.below(2)))) })
      let scan = Scan(try Plan("filter @message like '\(part)' | stats count(*) as n", options()))
      var expected = 0
      var events: [Event] = []
      for _ in 0..<60 {
        var text = String((0..<random.below(90)).map { _ in Character(Unicode.Scalar(UInt8(97 + random.below(2)))) })
        if random.below(2) == 0 { text.insert(contentsOf: part, at: text.index(text.startIndex, offsetBy: random.below(text.count + 1))) }
        if text.utf8.count >= length, (0...(text.utf8.count - length)).contains(where: { text.utf8.dropFirst($0).starts(with: part.utf8) })
        {
          expected += 1
        }
        events.append(Event(time: 1, message: text))
      }
      try fillBatch(scan, events)
      #expect(try rows(scan) == [["n": "\(expected)"]], "\(part)")
      #expect(scan.statistics.recordsMatched == Double(expected))
    }
  }

  /// Random expressions beside another engine: what matches, and where. Without repetitions of repetitions, of whose
  /// empty rounds engines think differently.
  @Test func expressionsBesideFoundation() throws {
    var random = Random(seed: 23)
    for _ in 0..<1_500 {
      let pattern = expression(&random, 3)
      let other = try NSRegularExpression(pattern: pattern)
      let plan = try Plan("parse @message /(?<all>\(pattern))/ | filter @message like /\(pattern)/ | display all", options())
      for _ in 0..<8 {
        let text = String((0..<random.below(12)).map { _ in "abc 1\n".randomElement(using: &random) ?? "a" })
        let match = other.firstMatch(in: text, range: NSRange(text.startIndex..., in: text))
        let expected = match.flatMap { Range($0.range, in: text) }.map { String(text[$0]) }
        let scan = Scan(plan)
        try fill(scan, [Event(time: 1, message: text)])
        let found = try rows(scan)
        #expect(found.isEmpty == (expected == nil), "\(pattern) on \(text.debugDescription)")
        #expect(found.first?["all"] == expected, "\(pattern) on \(text.debugDescription)")
      }
    }
  }

  private let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "\\d", "\\w", "\\s", "ä", " ", "1", "\\b", "^"]

  private func expression(_ random: inout Random, _ depth: Int) -> String {
    guard depth > 0 else { return atoms[random.below(14)] }
    switch random.below(6) {
    case 0: return "(" + expression(&random, depth - 1) + "|" + expression(&random, depth - 1) + ")"
    case 1: return atoms[random.below(12)] + ["*", "+", "?", "{2}", "{1,2}", "*?", "+?", "??"][random.below(8)]
    case 2: return "(?:" + expression(&random, depth - 1) + ")"
    default: return expression(&random, depth - 1) + expression(&random, depth - 1)
    }
  }

  /// Fields out of columns are those out of messages.
  @Test func fieldColumns() throws {
    let plan = try Plan("filter status = 500 and ispresent(path) | stats count(*) as n, max(path) as p", options())
    #expect(plan.needs.json == [["status"], ["path"]])
    let values = [["500", "\"/a\\n\""], ["500", ""], ["200", "\"/c\""], ["5e2", "\"/b\""]]
    let scan = Scan(plan)
    try withColumn(values.map { $0[0] }) { status in
      try withColumn(values.map { $0[1] }) { path in
        let zeros = Array(repeating: UInt32(0), count: 4)
        try zeros.withUnsafeBufferPointer { zeros in
          try [Int64](1...4).withUnsafeBufferPointer { times in
            let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            var batch = EventBatch(bytes: none, starts: zeros, ends: zeros, timestamps: times, origins: [origin], firstLocation: 0)
            batch.fieldColumns = [status, path]
            try scan.add(batch)
          }
        }
      }
    }
    #expect(try rows(scan) == [["n": "2", "p": "/b"]])
  }

  private func withColumn(_ values: [String], _ body: (FieldColumn) throws -> Void) throws {
    var bytes: [UInt8] = []
    var starts: [UInt32] = []
    var ends: [UInt32] = []
    for value in values {
      starts.append(UInt32(bytes.count))
      bytes += Array(value.utf8)
      ends.append(UInt32(bytes.count))
    }
    try bytes.withUnsafeBufferPointer { bytes in
      try starts.withUnsafeBufferPointer { starts in
        try ends.withUnsafeBufferPointer { ends in try body(FieldColumn(bytes: bytes, starts: starts, ends: ends)) }
      }
    }
  }
}

extension Random: RandomNumberGenerator {
  mutating func next() -> UInt64 { UInt64(below(1 << 32)) << 32 | UInt64(below(1 << 32)) }
}
