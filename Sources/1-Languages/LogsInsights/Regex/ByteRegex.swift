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
  /// Bytes that are searched at once: what a search remembers grows with them. A match that reaches the end is searched for again in more.
  private static let window = 4_096
  /// Matches of one text; of more the rest of the text counts as one.
  private static let most = 10_000

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
  /// Empty matches are left out; of matches longer than two kilobytes some may be missed.
  public func ranges(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let base = text.baseAddress else { return [] }
    let machine = idle.withLock { $0.popLast() } ?? Machine(regex)
    defer { idle.withLock { if $0.count < Self.kept { $0.append(machine) } } }
    guard machine.scanner.matches(base, text.count) else { return [] }
    var found: [Range<Int>] = []
    var (place, window) = (0, Self.window)
    while place < text.count {
      let end = min(place + window, text.count)
      guard machine.captures.match(base, end, from: place) else {
        // A match that begins in the second half may go on behind the end.
        place = end == text.count ? end : max(end - window / 2, place + 1)
        window = Self.window
        continue
      }
      let slots = machine.captures.slots
      let whole = slots[0]..<slots[1]
      if whole.upperBound == end, end < text.count {
        window *= 2
        continue
      }
      window = Self.window
      let range = regex.groups > 0 && slots[2] >= 0 && slots[3] >= slots[2] ? slots[2]..<slots[3] : whole
      if !range.isEmpty { found.append(range) }
      place = max(whole.upperBound, place + 1, whole.lowerBound + 1)
      if found.count == Self.most, place < text.count {
        found.append(place..<text.count)
        break
      }
    }
    return found
  }
}
