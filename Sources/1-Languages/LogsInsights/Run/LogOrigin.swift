/// The log group and stream that events come from. One for each stream, given with every event.
public final class LogOrigin: Sendable {
  /// `@log`: account and name of the log group, `123456789012:/aws/batch/job`.
  public let log: String
  /// `@logStream`.
  public let stream: String
  /// Other fields that begin with `@`, without it: `entity.KeyAttributes.Name`.
  public let attributes: [String: String]
  let logText: Text
  let streamText: Text
  let attributeTexts: [String: Text]

  public init(log: String, stream: String, attributes: [String: String] = [:]) {
    self.log = log
    self.stream = stream
    self.attributes = attributes
    logText = Self.keep(log)
    streamText = Self.keep(stream)
    attributeTexts = attributes.mapValues(Self.keep)
  }

  deinit {
    for text in [logText, streamText] + attributeTexts.values where text.count > 0 { text.start.deallocate() }
  }

  private static func keep(_ string: String) -> Text { Text(keeping: Array(string.utf8)) }
}

extension Text {
  /// A copy of the bytes in memory of its own, which the owner gives back unless empty.
  init(keeping bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      self = .empty
      return
    }
    let place = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    for (position, byte) in bytes.enumerated() { (place + position).initialize(to: byte) }
    self.init(UnsafePointer(place), bytes.count)
  }
}

/// Memory for the constants of a plan.
final class Constants: @unchecked Sendable {
  // Only added to while the plan is compiled, by one thread; read after.
  private var texts: [Text] = []

  func keep(_ bytes: [UInt8]) -> Text {
    let text = Text(keeping: bytes)
    texts.append(text)
    return text
  }

  deinit {
    for text in texts where text.count > 0 { text.start.deallocate() }
  }
}
