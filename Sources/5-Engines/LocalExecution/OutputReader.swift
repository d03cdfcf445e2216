import Execution
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads an attempt's output from where it was left, line by line.
struct OutputReader {
  private static let piece = 65_536
  private static let longestLine = 256 << 10
  private let path: String
  /// Bytes of the file that make up the lines answered so far.
  private(set) var offset: Int
  /// Bytes read after that: the beginning of a line.
  private var rest: [UInt8] = []

  init(path: String, offset: Int) {
    self.path = path
    self.offset = offset
  }

  /// The next lines, at most a piece of the file at a time; empty when there is nothing more.
  ///
  /// - Parameter isEnded: whether nothing will be written any more, so that a line without an end is one.
  mutating func read(isEnded: Bool, at now: Timestamp) -> [OutputLine] {
    while true {
      let fresh = next()
      if fresh.isEmpty {
        guard isEnded, !rest.isEmpty else { return [] }
        let line = rest
        rest = []
        offset += line.count
        return [OutputLine(at: now, text: Self.text(line[...]))]
      }
      rest.append(contentsOf: fresh)
      var lines: [OutputLine] = []
      var start = rest.startIndex
      while let end = rest[start...].firstIndex(of: 10) {
        lines += Self.split(rest[start..<end], now)
        start = end + 1
      }
      if rest.endIndex - start > Self.longestLine {
        let end = Self.cut(rest[start...])
        lines.append(OutputLine(at: now, text: Self.text(rest[start..<end])))
        start = end
      }
      offset += start
      rest.removeFirst(start)
      if !lines.isEmpty { return lines }
    }
  }

  private func next() -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.piece)
    let count = pread(descriptor, &bytes, bytes.count, off_t(offset + rest.count))
    return count > 0 ? Array(bytes[..<count]) : []
  }

  private static func split(_ line: ArraySlice<UInt8>, _ now: Timestamp) -> [OutputLine] {
    if line.count <= longestLine { return [OutputLine(at: now, text: text(line))] }
    var rest = line
    var lines: [OutputLine] = []
    while !rest.isEmpty {
      let end = cut(rest)
      lines.append(OutputLine(at: now, text: text(rest[..<end])))
      rest = rest[end...]
    }
    return lines
  }

  /// Where the longest piece of a line ends that parts no character.
  private static func cut(_ line: ArraySlice<UInt8>) -> Int {
    guard line.count > longestLine else { return line.endIndex }
    let end = line.startIndex + longestLine
    // A character has at most four bytes; what has more bytes that go on than that is none.
    for back in 0..<4 where line[end - back] & 0xC0 != 0x80 { return end - back }
    return end
  }

  /// Invalid UTF-8 becomes U+FFFD; a carriage return before the line's end goes with it.
  private static func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
  }
}
