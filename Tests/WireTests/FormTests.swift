import JSON
import Testing
import Wire

/// What flat parameters become.
@Suite struct FormTests {
  private let service = ServiceIdentity(id: "m", signingName: "m", protocols: [.query], apiVersion: "2010-08-01", xmlNamespace: "")

  private func document(_ form: String) throws -> JSONValue { try document(Array(form.utf8)) }

  private func document(_ form: [UInt8]) throws -> JSONValue {
    let request = WireRequest(
      method: "POST", path: "/", headers: [("content-type", "application/x-www-form-urlencoded; charset=utf-8")], body: form)
    return try WireCodec.input(request, Recognized(service: service, operation: "Op", wireProtocol: .query))
  }

  @Test(arguments: [
    ("Action=Op&Version=2010-08-01&Name=n", #"{"Name":"n"}"#),
    ("", "{}"), ("&&=x&.=y", "{}"), ("Name", #"{"Name":""}"#), ("Name=a=b", #"{"Name":"a=b"}"#), ("N=1&N=2", #"{"N":"2"}"#),
    // Lists, in the order of their numbers.
    ("L.member.1=a&L.member.2=b", #"{"L":["a","b"]}"#), ("L.member.10=b&L.member.9=a&L.member.11=c", #"{"L":["a","b","c"]}"#),
    ("L.item.1=a", #"{"L":["a"]}"#), ("L.1=a&L.2=b", #"{"L":["a","b"]}"#), ("L=", #"{"L":""}"#),
    (
      "D.member.1.A=1&D.member.1.B.member.1.N=x&D.member.1.B.member.2.N=y&D.member.2.A=2",
      #"{"D":[{"A":"1","B":[{"N":"x"},{"N":"y"}]},{"A":"2"}]}"#
    ),
    ("D.member.1.A=1&D.member.2.A=2&D.member.1.B=3&D.member.2.B=4", #"{"D":[{"A":"1","B":"3"},{"A":"2","B":"4"}]}"#),
    ("L.member.1=a&L.member.x=b", #"{"L":{"member":{"1":"a","x":"b"}}}"#), ("L.member.0=a", #"{"L":{"member":{"0":"a"}}}"#),
    // Maps.
    ("M.entry.1.key=k&M.entry.1.value=v", #"{"M":{"k":"v"}}"#), ("M.1.Name=k&M.1.Value=v", #"{"M":{"k":"v"}}"#),
    ("M.entry.1.key=k&M.entry.1.value.A=v&M.entry.1.value.B=w", #"{"M":{"k":{"A":"v","B":"w"}}}"#),
    // What is written otherwise, also in names.
    ("N%61me=a+b%C3%A4&N%61me.X+Y=%2B", #"{"Name":{"X Y":"+"}}"#), ("%41ction=Op&N=1", #"{"N":"1"}"#),
    ("A%2EB=1&A.C=2", #"{"A":{"B":"1","C":"2"}}"#),
    // A name that begins as another does.
    ("A.B=1&A.BC=2&A.B.D=3&AB=4", #"{"A":{"B":{"D":"3"},"BC":"2"},"AB":"4"}"#), ("A..B=1&.C=2&D.=3", #"{"A":{"B":"1"},"C":"2","D":"3"}"#),
  ])
  func parametersBecomeADocument(_ form: String, _ expected: String) throws {
    #expect(try document(form) == JSONValue(parsing: Array(expected.utf8)))
  }

  /// Many names under one, in an order that nothing can be told from.
  @Test func anyOrderIsRead() throws {
    let order = (0..<2_000).map { $0 * 1_237 % 2_000 }
    let rows = try document(
      order.map { "L.member.\($0 + 1).A=a\($0)" }.joined(separator: "&") + "&"
        + order.reversed().map { "L.member.\($0 + 1).B=b\($0)" }.joined(separator: "&"))
    #expect(rows["L"] == .array((0..<2_000).map { ["A": .string("a\($0)"), "B": .string("b\($0)")] }))
    let names = try document(order.map { "M.n\($0)=\($0)" }.joined(separator: "&") + "&M.n7=x&M.n1999=y")
    #expect(names["M"]?.object?.count == 2_000 && names["M"]?["n7"] == "x" && names["M"]?["n1999"] == "y" && names["M"]?["n8"] == "8")
  }

  /// Lists in lists as deep as they may be: each is read once, not twice at every level.
  @Test func depthCostsNoMoreThanItsLength() throws {
    var value = try document("L." + Array(repeating: "1", count: 62).joined(separator: ".") + "=x")["L"] ?? .null
    var depth = 0
    while let inner = value[0] { (value, depth) = (inner, depth + 1) }
    #expect(value == "x" && depth == 62)
    #expect(throws: WireFault.self) { try document(Array(repeating: "1", count: 66).joined(separator: ".") + "=x") }
  }

  @Test(arguments: ["A=%", "A=%4", "A=%zz", "A%=1", "A=%C3", "%FF=1"])
  func whatIsBrokenIsRefused(_ form: String) { #expect(throws: WireFault.self) { try document(form) } }

  @Test func whatIsNoUTF8OrTooMuchIsRefused() {
    #expect(throws: WireFault.self) { try document(Array("A=".utf8) + [0xFF]) }
    #expect(throws: WireFault.self) { try document([0xC3] + Array("=1".utf8)) }
    #expect(throws: WireFault.self) {
      try document([UInt8](repeating: UInt8(ascii: "x"), count: 250_001).flatMap { [$0, UInt8(ascii: "&")] })
    }
  }
}
