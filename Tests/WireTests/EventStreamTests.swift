import JSON
import Testing
import Wire

@Suite struct EventStreamTests {
  /// As botocore's decoder takes it (checked with it once; the checksums are zlib's).
  @Test func aMessageIsFramed() {
    let message = EventStreamMessage(.event, "sessionUpdate", ["a": 1])
    let bytes = message.bytes
    #expect(Array(bytes[0..<4]) == [0, 0, 0, UInt8(bytes.count)])
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains(":event-type") && text.contains("sessionUpdate") && text.contains(#"{"a":1}"#))
    #expect(bytes[4..<8].elementsEqual([0, 0, 0, UInt8(bytes.count - 16 - 7)]))
  }

  @Test func anExceptionNamesItsType() {
    let text = String(decoding: EventStreamMessage(.exception, "SessionTimeoutException", ["message": "m"]).bytes, as: UTF8.self)
    #expect(text.contains(":exception-type") && !text.contains(":event-type"))
  }
}
