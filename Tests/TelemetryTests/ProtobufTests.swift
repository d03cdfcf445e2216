import Protobuf
import Testing

@Suite struct ProtobufTests {
  @Test func whatIsWrittenIsRead() throws {
    var writer = ProtobufWriter()
    writer.varint(1, .max)
    writer.text(2, "text")
    writer.double(3, -0.5)
    writer.signed(4, -1)
    writer.message(5) { $0.varint(1, 7) }
    var reader = ProtobufReader(writer.bytes)
    #expect(try reader.next()?.unsigned() == .max)
    #expect(try reader.next()?.text() == "text")
    #expect(try reader.next()?.double() == -0.5)
    #expect(try reader.next()?.signed() == -1)
    var inner = try #require(try reader.next()).message()
    #expect(try inner.next()?.unsigned() == 7)
    #expect(try inner.next() == nil)
    #expect(try reader.next() == nil)
  }

  @Test func packedAndSingleElementsAreTheSame() throws {
    var writer = ProtobufWriter()
    writer.fixed64(1, 1)
    writer.data(1, [2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0])
    var reader = ProtobufReader(writer.bytes)
    var found: [UInt64] = []
    while let field = try reader.next() { try field.append(unsigned: &found, fixed: true, most: 3) }
    #expect(found == [1, 2, 3])
  }

  @Test(arguments: [
    [0x08], [0x0A, 0x05, 0x01], [0x09, 1, 2, 3], [0x0B], [0x00, 0x00], [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
    [0x08] + [UInt8](repeating: 0xFF, count: 11),
  ])
  func brokenMessagesAreRefused(_ bytes: [UInt8]) {
    #expect(throws: ProtobufError.self) {
      var reader = ProtobufReader(bytes)
      while try reader.next() != nil {}
    }
  }

  @Test func aFieldOfAnotherTypeIsRefused() throws {
    var writer = ProtobufWriter()
    writer.varint(1, 5)
    var reader = ProtobufReader(writer.bytes)
    let field = try #require(try reader.next())
    #expect(throws: ProtobufError.self) { try field.text() }
    #expect(throws: ProtobufError.self) { try field.double() }
    #expect(throws: ProtobufError.self) { try field.message() }
  }

  @Test func messagesAreCounted() throws {
    var writer = ProtobufWriter()
    for _ in 0..<11 { writer.message(1) { _ in } }
    var reader = ProtobufReader(writer.bytes, mostMessages: 10)
    #expect(throws: ProtobufError.self) { while let field = try reader.next() { _ = try field.message() } }
  }

  @Test func elementsAreCounted() throws {
    var writer = ProtobufWriter()
    writer.data(1, [UInt8](repeating: 1, count: 100))
    var reader = ProtobufReader(writer.bytes)
    let field = try #require(try reader.next())
    var found: [UInt64] = []
    #expect(throws: ProtobufError.self) { try field.append(unsigned: &found, fixed: false, most: 99) }
  }
}
