import JSON

/// The documents of the workload, the same as its generator makes: seeded, mostly a list of orders.
struct Workload {
  private var state: UInt32
  private static let words = "amber birch cedar delta ember fjord grove harbor islet jetty knoll lagoon".split(separator: " ").map(
    String.init)

  private init(seed: UInt32) { state = seed }

  /// Mulberry32.
  private mutating func next() -> Double {
    state &+= 0x6D2B_79F5
    var t = (state ^ state >> 15) &* (1 | state)
    t = (t &+ (t ^ t >> 7) &* (61 | t)) ^ t
    return Double(t ^ t >> 14) / 4_294_967_296
  }

  private mutating func pick(_ list: [String]) -> String { list[Int(next() * Double(list.count))] }
  private mutating func integer(_ low: Int, _ high: Int) -> Int { low + Int(next() * Double(high - low + 1)) }

  private mutating func sku() -> String {
    let word = pick(Self.words)
    let first = integer(100, 999)
    return "\(word.prefix(1).uppercased())\(word.dropFirst())-\(first)-\(integer(10, 99))"
  }

  private mutating func order(_ number: Int) -> JSONObject {
    let name = pick(Self.words) + " " + pick(Self.words)
    var order: JSONObject = ["id": .string("o-" + String(repeating: "0", count: max(0, 6 - "\(number)".count)) + "\(number)")]
    order["status"] = .string(pick(["new", "paid", "paid", "held"]))
    let cents = integer(100, 50_000)
    order["total"] = cents % 100 == 0 ? .int(Int64(cents / 100)) : .double(Double(cents) / 100)
    order["qty"] = .int(Int64(integer(1, 6)))
    order["sku"] = .string(sku())
    let first = pick(Self.words)
    let amount = integer(1, 999)
    order["note"] = .string("\(first) \(amount) \(pick(Self.words))")
    let mail = name.split(separator: " ").joined(separator: ".") + "@example.com"
    order["customer"] = .object(["name": .string(name), "email": .string(mail), "country": .string(pick(["DE", "FR", "NL", "BE", "ES"]))])
    var lines: [JSONValue] = []
    for _ in 0..<integer(0, 3) {
      let sku = sku()
      lines.append(.object(["sku": .string(sku), "qty": .int(Int64(integer(1, 4)))]))
    }
    order["lines"] = .array(lines)
    if next() < 0.3 { order["priority"] = .string(pick(["high", "low"])) }
    return order
  }

  /// A document of at least that many bytes.
  static func document(bytes: Int, seed: UInt32) -> JSONValue {
    var workload = Workload(seed: seed)
    let meta: JSONValue = [
      "region": "eu-west-1", "tags": ["batch", "nightly"], "owner": ["name": "Ada", "address": ["city": "Gent", "zip": "9000"]],
    ]
    var orders: [JSONValue] = []
    var size = JSONValue.object(["meta": meta, "orders": []]).text.utf8.count
    while size < bytes {
      let order = JSONValue.object(workload.order(orders.count))
      size += script(order) + 1
      orders.append(order)
    }
    return .object(["meta": meta, "orders": .array(orders)])
  }

  /// The length of the JSON as JavaScript writes it: no `.0`, which this document does not have.
  private static func script(_ value: JSONValue) -> Int { value.text.utf8.count }
}
