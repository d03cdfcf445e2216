import FoundationEssentials
import JSON
import Logging
import LogsInsights
import Series
import ServiceKit
import Store
import Synchronization
import Time

import struct Series.LogEvent

/// Finds sensitive data in messages as they are appended. A message without anything an expression begins with costs one look at its bytes.
struct Detector: Sendable {
  private struct Search: Sendable {
    var name: String
    /// Bits of `ManagedIdentifier.Trigger`; 0 for one that is always tried.
    var trigger: UInt8
    var regex: ByteRegex
    var keywords: [[UInt8]]
    var check: Checksum?
  }
  /// What an event has.
  struct Finding: Sendable {
    var event: Int
    var places: [(name: String, ranges: [Range<Int>])]
  }
  private let searches: [Search]
  /// For each byte the triggers it is one of.
  private let triggers: [UInt8]
  let findingsGroups: [String]
  /// Bytes before and behind a match in which a keyword counts. Source: CloudWatch Logs User Guide, "Keywords".
  private static let near = 30
  private static let compiled = Mutex<[String: ByteRegex]>([:])

  /// Nil without policies.
  init?(_ policies: [ProtectionPolicy]) throws(Fault) {
    if policies.isEmpty { return nil }
    var searches: [Search] = []
    for policy in policies {
      for identifier in policy.managed where !searches.contains(where: { $0.name == identifier.name }) {
        searches.append(
          Search(
            name: identifier.name, trigger: identifier.trigger.rawValue, regex: try Self.regex(identifier.expression),
            keywords: identifier.keywords.map { Array($0.utf8) }, check: identifier.check))
      }
      for custom in policy.custom where !searches.contains(where: { $0.name == custom.name }) {
        searches.append(Search(name: custom.name, trigger: 0, regex: try Self.regex(custom.expression), keywords: []))
      }
    }
    self.searches = searches
    findingsGroups = Set(policies.compactMap(\.findingsGroup)).sorted()
    triggers = (0...255).map { byte in
      switch UInt8(byte) {
      case 48...57: ManagedIdentifier.Trigger.digit.rawValue | ManagedIdentifier.Trigger.letter.rawValue
      case 64: ManagedIdentifier.Trigger.at.rawValue
      case 45: ManagedIdentifier.Trigger.dashes.rawValue
      case 65...90, 97...122: ManagedIdentifier.Trigger.letter.rawValue
      default: 0
      }
    }
  }

  /// Expressions are compiled once for all groups. Throws InvalidParameterException.
  private static func regex(_ expression: String) throws(Fault) -> ByteRegex {
    if let known = compiled.withLock({ $0[expression] }) { return known }
    do throws(ByteRegexError) {
      let regex = try ByteRegex(expression)
      compiled.withLock { if $0.count < 1_000 { $0[expression] = regex } }
      return regex
    } catch { throw .parameter("The regular expression of a data identifier is not valid: \(error.description).") }
  }

  /// Marks what is sensitive, and answers what was found where.
  func mark(_ events: inout [LogEvent]) -> [Finding] {
    var findings: [Finding] = []
    for place in events.indices {
      let found = events[place].message.withUnsafeBufferPointer { search($0) }
      if found.isEmpty { continue }
      events[place].marks = Self.union(found.flatMap(\.ranges))
      findings.append(Finding(event: place, places: found))
    }
    return findings
  }

  private func search(_ message: UnsafeBufferPointer<UInt8>) -> [(name: String, ranges: [Range<Int>])] {
    var seen: UInt8 = 0
    triggers.withUnsafeBufferPointer { triggers in for byte in message { seen |= triggers[Int(byte)] } }
    var found: [(name: String, ranges: [Range<Int>])] = []
    var lower: [UInt8]?
    for search in searches where search.trigger == 0 || search.trigger & seen != 0 {
      if !search.keywords.isEmpty {
        let text = lower ?? message.map { $0 &- 65 < 26 ? $0 | 32 : $0 }
        lower = text
        guard search.keywords.contains(where: { Self.first(of: $0, in: text, 0..<text.count) }) else { continue }
      }
      let ranges = search.regex.ranges(in: message).filter { range in
        if let check = search.check, !check.holds(Array(message[range])[...]) { return false }
        guard !search.keywords.isEmpty, let lower else { return true }
        return search.keywords.contains { keyword in
          let start = max(range.lowerBound - Self.near - keyword.count, 0)
          return Self.first(of: keyword, in: lower, start..<min(range.upperBound + Self.near + keyword.count, lower.count))
        }
      }
      if !ranges.isEmpty { found.append((search.name, ranges)) }
    }
    return found
  }

  private static func first(of keyword: [UInt8], in text: [UInt8], _ range: Range<Int>) -> Bool {
    guard let head = keyword.first, range.count >= keyword.count else { return false }
    return text.withUnsafeBufferPointer { text in
      for place in range.lowerBound...(range.upperBound - keyword.count) where text[place] == head {
        if (1..<keyword.count).allSatisfy({ text[place + $0] == keyword[$0] }) { return true }
      }
      return false
    }
  }

  /// In order, without overlaps.
  private static func union(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var kept: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = kept.last, range.lowerBound <= last.upperBound {
        kept[kept.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        kept.append(range)
      }
    }
    return kept
  }
}

extension Logs {
  /// Counts findings and writes them to the groups that the policies name. A group that is gone is told to the log: events are kept
  /// whatever becomes of their findings.
  func report(
    _ findings: [Detector.Finding], events: [LogEvent], _ stored: LogAppend, stream: String, of group: OpenGroup, in partition: Partition
  ) async {
    for dimensions in [["LogGroupName": group.name], [:]] {
      context.counters.add("AWS/Logs", "LogEventsWithFindings", dimensions, Double(findings.count), unit: "None", in: partition)
    }
    let now = context.clock.now()
    let lines = findings.map { finding -> LogEvent in
      let document: JSONValue = [
        "auditTimestamp": .string(now.iso8601()), "resourceArn": .string("\(group.group.arn(partition)):*"),
        "dataIdentifiers": .array(
          finding.places.map { place in
            [
              "name": .string(place.name), "count": .int(Int64(place.ranges.count)),
              "detections": .array(place.ranges.map { ["start": .int(Int64($0.lowerBound)), "end": .int(Int64($0.upperBound))] }),
            ]
          }),
      ]
      return LogEvent(timestamp: now, message: document.bytes)
    }
    for name in group.detector?.findingsGroups ?? [] where name != group.name {
      do {
        guard try await open(name, in: partition) != nil else { throw Fault.groupNotFound }
        let target = try await ensure(name, String(stream.prefix(500)), in: partition)
        try await append(lines, to: String(stream.prefix(500)), of: target, in: partition)
      } catch {
        context.log.error("findings of data protection were not written", metadata: ["group": "\(name)", "error": "\(error)"])
      }
    }
  }
}
