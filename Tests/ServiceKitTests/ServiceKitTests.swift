import JSON
import Logging
import ServiceKit
import Store
import StoreSQLite
import Synchronization
import TestKit
import Testing
import Time
import Wire

/// A room for the tests: things with names, and work that may fail.
final class Shop: Room {
  static let identity = ServiceIdentity(
    id: "shop", signingName: "shop", protocols: [.awsJson11], targetPrefix: "Shop", apiVersion: "2026-01-01")
  static let operations: [any OperationDescription<Shop>.Type] = [PutThing.self, GetThing.self, ListThings.self, Slow.self, Broken.self]
  static let workers: [any Worker<Shop>.Type] = [Work1.self]
  let context: RoomContext
  init(_ context: RoomContext) { self.context = context }
}

struct Thing: Resource {
  static let kind = "shop.thing"
  var name: String
  var count: Int
  var key: String { name }
}

struct PutThing: Operation {
  struct Input: Shape {
    var name: String
    var count: Int?
    var size: String?
    var clientToken: String?
    var parts: [Part]?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...5, .resourceName), .range("count", \.count, 1...10), .oneOf("size", \.size, ["S", "L"])]
    }
  }
  struct Part: Shape {
    var id: String
    static var limits: [Limit<Self>] { [.length("id", \.id, 2...3)] }
  }
  static func clientToken(_ input: Input) -> String? { input.clientToken }

  static func run(_ input: Input, _ call: Call<Shop>) throws -> Thing.Answer {
    let known = try call.get(Thing.self, input.name)
    let thing = Thing(name: input.name, count: (known?.count ?? 0) + (input.count ?? 1))
    try call.put(thing)
    try call.schedule(input.name, for: Work1.queue, key: input.name)
    return Thing.Answer(count: thing.count)
  }
}
extension Thing {
  struct Answer: Shape { var count: Int }
}

struct GetThing: Operation {
  struct Input: Shape { var name: String }
  static func run(_ input: Input, _ call: Call<Shop>) throws -> Thing.Answer {
    guard let thing = try call.get(Thing.self, input.name) else { throw Fault("NotFound", "no \(input.name)", status: 404) }
    return Thing.Answer(count: thing.count)
  }
}

struct ListThings: Operation {
  struct Input: Shape {
    var nextToken: String?
    var limit: Int?
  }
  struct Output: Shape {
    var names: [String]
    var nextToken: String?
  }
  static func run(_ input: Input, _ call: Call<Shop>) throws -> Output {
    let page = try call.transaction.page(Thing.self, in: call.partition, after: try call.cursor(input.nextToken), limit: input.limit ?? 2)
    return Output(names: page.items.map(\.name), nextToken: call.token(page.next))
  }
}

struct Slow: AsyncOperation {
  static func run(_ input: Empty, _ call: AsyncCall<Shop>) async throws -> Thing.Answer {
    try await call.write { Thing.Answer(count: try $0.transaction.count(Thing.kind, in: $0.partition, prefix: "")) }
  }
}

struct Broken: Operation {
  struct Secret: Error {}
  static func run(_ input: Empty, _ call: Call<Shop>) throws -> Empty {
    try call.put(Thing(name: "half", count: 1))
    throw Secret()
  }
}

struct Work1: Worker {
  static let queue = "shop.work"
  struct Later: Error {}
  static func run(_ task: AgendaTask, _ work: Work<Shop>) async throws {
    let name = try work.payload(String.self)
    if name == "bad", task.attempt < 3 { throw Later() }
    try await work.finish { call in
      guard var thing = try call.get(Thing.self, name) else { return }
      thing.count += 100
      try call.put(thing)
    }
  }
}

/// A clock that stands still and counts how often somebody goes to sleep by it.
final class CountingClock: WallClock {
  private let clock = ManualClock()
  private let count = Mutex(0)
  var sleeps: Int { count.withLock { $0 } }
  func now() -> Timestamp { clock.now() }
  func sleep(until deadline: Timestamp) async throws {
    count.withLock { $0 += 1 }
    try await clock.sleep(until: deadline)
  }
}

@Suite struct ServiceKitTests {
  @Test func theRunnerIsAsleepWhileNothingIsDue() async throws {
    let clock = CountingClock()
    let store = try SQLiteStore.open(path: nil)
    let runner = AgendaRunner(
      store: store, clock: clock, log: Logger(label: "test"), workers: [.forgetTokens(store, log: Logger(label: "test"))])
    let running = Task { await runner.run() }
    // Each of them falls due before the one before: the runner has to be woken every time.
    for number in 0..<20 {
      try await store.write { transaction in
        _ = try transaction.schedule(
          AgendaEntry(
            queue: "servicekit.forget-token", partition: TestHouse.partition, due: clock.now() + .seconds(1_000 - number), payload: []))
      }
    }
    for _ in 0..<20_000 where clock.sleeps < 1 { try await Task.sleep(for: .milliseconds(1)) }
    // On a machine with much to do the last wakes come late; one that never rests never gets here twice with the same count.
    var sleeps = -1
    for _ in 0..<100 where clock.sleeps != sleeps {
      sleeps = clock.sleeps
      try await Task.sleep(for: .milliseconds(60))
    }
    #expect(clock.sleeps == sleeps && sleeps <= 22)
    running.cancel()
    await store.close()
  }

  @Test func allBrokenLimitsAreToldAtOnceInAWSsWords() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    let fault = await house.fault(
      "shop", "PutThing", ["name": "too long!", "count": 11, "size": "M", "parts": [["id": "ok"], ["id": "x"]]])
    #expect(fault?.code == "ValidationException")
    let message = try #require(fault?.message)
    #expect(message.hasPrefix("5 validation errors detected: "))
    #expect(
      message.contains(
        "Value 'too long!' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5"))
    #expect(message.contains("Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10"))
    #expect(message.contains("Value 'M' at 'size' failed to satisfy constraint: Member must satisfy enum value set: [S, L]"))
    #expect(message.contains("parts.2.member.id"))
    let missing = await house.fault("shop", "PutThing", [:])
    #expect(missing?.message == "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null")
    #expect(await house.fault("shop", "PutThing", ["name": 5])?.code == "SerializationException")
  }

  @Test func manyAuditRecordsOfRefusedCallsShareACommit() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    let running = Task { await house.audit.run() }
    func sleeps(for pause: Duration) async throws {
      let wanted = house.clock.now() + pause
      for _ in 0..<20_000 where house.clock.nextDeadline != wanted { try await Task.sleep(for: .milliseconds(1)) }
      try #require(house.clock.nextDeadline == wanted)
    }
    _ = await house.fault("shop", "PutThing", [:])
    try await sleeps(for: .milliseconds(50))
    for _ in 0..<20 { _ = await house.fault("shop", "PutThing", [:]) }
    house.clock.advance(by: .milliseconds(50))
    // There were many: the next commit waits longer, and the one after that, for which there is little, does not.
    try await sleeps(for: .milliseconds(250))
    house.clock.advance(by: .milliseconds(250))
    _ = await house.fault("shop", "PutThing", [:])
    try await sleeps(for: .milliseconds(50))
    running.cancel()
    await running.value
  }

  @Test func clientTokensHappenOnce() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    let input: JSONValue = ["name": "a", "clientToken": "t"]
    #expect(try await house.call("shop", "PutThing", input)["count"] == 1)
    #expect(try await house.call("shop", "PutThing", input)["count"] == 1)
    #expect(await house.fault("shop", "PutThing", ["name": "b", "clientToken": "t"])?.code == "ConflictException")
    #expect(try await house.call("shop", "GetThing", ["name": "a"])["count"] == 1)
  }

  @Test func pageTokensAreOpaqueAndSigned() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    for name in ["a", "b", "c"] { try await house.call("shop", "PutThing", ["name": .string(name)]) }
    let first = try await house.call("shop", "ListThings")
    let token = try #require(first["nextToken"]?.string)
    #expect(try await house.call("shop", "ListThings", ["nextToken": .string(token)])["names"] == ["c"])
    for wrong in ["", "x", String(token.dropLast(2)) + "AA", token + "A"] {
      #expect(await house.fault("shop", "ListThings", ["nextToken": .string(wrong)])?.code == "ValidationException", "\(wrong)")
    }
  }

  @Test func errorsOfTheServerAreHiddenAndUndone() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    let fault = await house.fault("shop", "Broken")
    #expect(fault?.code == "InternalFailure" && fault?.status == 500)
    #expect(fault?.message.contains("Secret") == false)
    #expect(await house.fault("shop", "GetThing", ["name": "half"])?.code == "NotFound")
    #expect(await house.fault("shop", "Nothing")?.code == "UnknownOperationException")
    #expect(await house.fault("nobody", "Nothing")?.code == "UnknownOperationException")
  }

  @Test func workIsDoneWithItsEffectAndTriedAgain() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    try await house.call("shop", "PutThing", ["name": "good"])
    try await house.call("shop", "PutThing", ["name": "bad"])
    await house.drain()
    #expect(try await house.call("shop", "GetThing", ["name": "good"])["count"] == 101)
    #expect(try await house.call("shop", "GetThing", ["name": "bad"])["count"] == 1)
    await house.advance(by: .seconds(10), step: .seconds(1))
    #expect(try await house.call("shop", "GetThing", ["name": "bad"])["count"] == 101)
  }

  @Test func operationsThatWaitSeeTheStore() async throws {
    let house = try TestHouse()
    try await house.open { Shop($0) }
    try await house.call("shop", "PutThing", ["name": "a"])
    #expect(try await house.call("shop", "Slow")["count"] == 1)
  }

  @Test func jobIdentitiesCanNotBeForged() {
    let seal = TokenSeal(secret: Array("0123456789abcdef".utf8))
    let identity = JobIdentity(role: "arn:aws:iam::000000000000:role/r", session: "s", partition: TestHouse.partition)
    let token = identity.token(seal)
    #expect(JobIdentity(token: token, seal) == identity)
    #expect(JobIdentity(token: token, TokenSeal(secret: Array("another secret of 16".utf8))) == nil)
    #expect(JobIdentity(token: String(token.dropLast(4)) + "AAAA", seal) == nil)
  }
}
