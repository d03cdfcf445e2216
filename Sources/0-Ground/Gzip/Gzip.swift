import CZlib

/// Why bytes could not be compressed or expanded, in one sentence.
public struct GzipError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

/// The gzip format. Source: RFC 1952; the work is zlib's.
public enum Gzip {
  /// Bits of the window, and 16 more for gzip's header and trailer.
  private static let window: Int32 = 15 + 16

  /// - Parameter level: 1 (fastest) to 9 (smallest).
  public static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard martlet_deflate_init(&stream, min(max(level, 1), 9), window) == Z_OK else {
      throw GzipError("There is no memory to compress with.")
    }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    let code = run(&stream, bytes, from: 0, &output, at: 0) { deflate($0, Z_FINISH) }
    guard code == Z_STREAM_END else { throw GzipError("The bytes could not be compressed (\(code)).") }
    output.removeLast(output.count - Int(stream.total_out))
    return output
  }

  /// Expands one or more gzip members. Throws for bytes that are none, and once the result would exceed the limit.
  public static func expand(_ bytes: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    repeat {
      position += try member(bytes, from: position, into: &output, limit: limit)
    } while position < bytes.count
    return output
  }

  /// One member; answers the bytes it took.
  private static func member(_ bytes: [UInt8], from start: Int, into output: inout [UInt8], limit: Int) throws(GzipError) -> Int {
    var stream = z_stream()
    guard martlet_inflate_init(&stream, window) == Z_OK else { throw GzipError("There is no memory to expand with.") }
    defer { inflateEnd(&stream) }
    let before = output.count
    while true {
      let filled = before + Int(stream.total_out)
      let room = min(max((bytes.count - start) * 4, 16_384), limit + 1 - filled)
      if room <= 0 { throw GzipError("The expanded bytes are more than \(limit).") }
      if output.count < filled + room { output.append(contentsOf: repeatElement(0, count: filled + room - output.count)) }
      let code = run(&stream, bytes, from: start + Int(stream.total_in), &output, at: filled) { inflate($0, Z_NO_FLUSH) }
      let made = before + Int(stream.total_out)
      if made > limit { throw GzipError("The expanded bytes are more than \(limit).") }
      if code == Z_STREAM_END {
        output.removeLast(output.count - made)
        return Int(stream.total_in)
      }
      let isFed = start + Int(stream.total_in) < bytes.count
      guard code == Z_OK || (code == Z_BUF_ERROR && made == output.count), isFed || made == output.count else {
        throw GzipError(code == Z_OK || code == Z_BUF_ERROR ? "The gzip data ends too early." : "The bytes are not gzip data.")
      }
    }
  }

  private static func run(
    _ stream: inout z_stream, _ input: [UInt8], from start: Int, _ output: inout [UInt8], at place: Int,
    _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }
        stream.avail_in = UInt32(clamping: input.count - start)
        stream.next_out = output.baseAddress.map { $0 + place }
        stream.avail_out = UInt32(clamping: output.count - place)
        return step(&stream)
      }
    }
  }
}
