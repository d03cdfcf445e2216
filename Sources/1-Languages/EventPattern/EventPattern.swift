import JSON

/// A pattern that events match or do not match, in the language of Amazon EventBridge.
///
/// Source: EventBridge User Guide, "Event pattern syntax" and "Comparison operators for use in event patterns".
public struct EventPattern: Sendable {
  /// The pattern as it was written.
  public let text: String
  /// An event matches when it matches one of them.
  let alternatives: [Alternative]
  private let matcher: LazyMatcher

  /// Compiles a pattern. Throws the sentence with which AWS refuses it.
  public init(_ text: String) throws(EventPatternError) {
    self.text = text
    alternatives = try PatternParser.alternatives(of: text)
    matcher = LazyMatcher()
  }

  /// Compiles a pattern that is part of a larger document. Errors name places in its compact text.
  public init(_ value: JSONValue) throws(EventPatternError) {
    try self.init(value.text)
  }

  /// Whether the event matches. An event is a JSON object in UTF-8; one that is none never matches, see `check(event:)`.
  public func matches(_ event: [UInt8]) -> Bool {
    event.withUnsafeBytes { matches($0) }
  }

  /// Whether the event, which stays as it is during the call, matches; see `matches(_:)` over an array.
  public func matches(_ event: UnsafeRawBufferPointer) -> Bool {
    !matcher.matcher(for: self).matches(event).isEmpty
  }

  /// Throws when the bytes are no event: not a JSON object, or not well-formed anywhere.
  public static func check(event: [UInt8]) throws(EventError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: event)
    } catch {
      throw EventError(reason: error.description)
    }
    guard value.object != nil else { throw EventError(reason: "an event must be a JSON object") }
  }
}

extension EventPattern: Hashable {
  public static func == (left: EventPattern, right: EventPattern) -> Bool { left.text == right.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension EventPattern: CustomStringConvertible {
  public var description: String { text }
}
