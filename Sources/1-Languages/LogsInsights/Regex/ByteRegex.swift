import Synchronization

/// Why a text is no regular expression, in a few words.
public struct ByteRegexError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
}

/// A regular expression over UTF-8 bytes that finds all its matches, in time linear in the text for each; shared between threads.
public final class ByteRegex: Sendable {
  private let regex: Regex
  private let idle = Mutex<[Machine]>([])
  private static let kept = 8

  /// Unchecked Sendable because it is one thread's from when it is taken until it is put back.
  private final class Machine: @unchecked Sendable {
    let scanner: RegexScanner
    let captures: RegexCaptures
    init(_ regex: Regex) {
      scanner = RegexScanner(regex)
      captures = RegexCaptures(regex)
    }
  }

  public init(_ pattern: String) throws(ByteRegexError) {
    do throws(RegexError) { regex = try Regex(Array(pattern.utf8)) } catch { throw ByteRegexError(description: error.message) }
  }

  /// Where it matches, from left to right and not overlapping: of each match the first group, or the whole where it has none.
  /// Empty matches are left out.
  public func ranges(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let base = text.baseAddress else { return [] }
    let machine = idle.withLock { $0.popLast() } ?? Machine(regex)
    defer { idle.withLock { if $0.count < Self.kept { $0.append(machine) } } }
    guard machine.scanner.matches(base, text.count) else { return [] }
    var found: [Range<Int>] = []
    var place = 0
    while place < text.count, machine.captures.match(base, text.count, from: place) {
      let slots = machine.captures.slots
      let whole = slots[0]..<slots[1]
      let range = regex.groups > 0 && slots[2] >= 0 && slots[3] >= slots[2] ? slots[2]..<slots[3] : whole
      if !range.isEmpty { found.append(range) }
      place = max(whole.upperBound, place + 1, whole.lowerBound + 1)
    }
    return found
  }
}
