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

/// A room whose work in one lane never ends by itself.
final class Yard: Room {
  static let identity = ServiceIdentity(
    id: "yard", signingName: "yard", protocols: [.awsJson11], targetPrefix: "Yard", apiVersion: "2026-01-01", xmlNamespace: "")
  static let operations: [any OperationDescription<Yard>.Type] = []
  static let workers: [any Worker<Yard>.Type] = [Haul.self]
  let context: RoomContext
  /// How many tasks of each lane have begun, and how many run at most at once.
  let begun = Mutex<[String: Int]>([:])
  let ended = Mutex<[String: Int]>([:])
  init(_ context: RoomContext) { self.context = context }
}

struct Haul: Worker {
  static let queue = "yard.haul"
  static let concurrency = 12
  static let laneConcurrency = 4
  static func run(_ task: AgendaTask, _ work: Work<Yard>) async throws {
    let lane = task.entry.queue
    work.room.begun.withLock { $0[lane, default: 0] += 1 }
    if lane.hasSuffix("slow") { try await work.room.context.clock.sleep(until: .distantFuture) }
    work.room.ended.withLock { $0[lane, default: 0] += 1 }
  }
}

@Suite struct LaneTests {
  private func fill(_ store: any Store, _ lanes: [String: Int]) async throws {
    try await store.write { transaction in
      for (lane, count) in lanes {
        for _ in 0..<count {
          try transaction.schedule(
            AgendaEntry(
              queue: AgendaEntry.lane(lane, of: Haul.queue), partition: TestHouse.partition, due: Timestamp(seconds: 0), payload: []))
        }
      }
    }
  }

  @Test func oneSlowLaneDelaysNoOther() async throws {
    let house = try TestHouse()
    let yard = try await house.open { Yard($0) }
    // Left from before the runner began: lanes are found again.
    try await fill(house.store, ["slow": 50, "a": 30])
    let runner = AgendaRunner(
      store: house.store, clock: house.clock, log: Logger(label: "test"), workers: WorkerEntry.entries(of: yard))
    let running = Task { await runner.run() }
    try await fill(house.store, ["b": 30, "c": 1])
    func ended(_ lane: String) -> Int { yard.ended.withLock { $0["yard.haul|\(lane)"] ?? 0 } }
    // A task counts as ended a moment before its completion is kept, and a lane may be forgotten a moment after that.
    func left() async throws -> [String] { try await house.store.read { try $0.queues(withPrefix: "yard.haul|") } }
    for _ in 0..<20_000 where try await left() != ["yard.haul|slow"] { try await Task.sleep(for: .milliseconds(1)) }
    #expect(try await left() == ["yard.haul|slow"])
    #expect(ended("a") == 30 && ended("b") == 30 && ended("c") == 1)
    // The slow lane's tasks begin by themselves, and no more than its share.
    for _ in 0..<20_000 where yard.begun.withLock({ $0["yard.haul|slow"] ?? 0 }) < 4 { try await Task.sleep(for: .milliseconds(1)) }
    #expect(yard.begun.withLock { $0["yard.haul|slow"] } == 4)
    running.cancel()
    _ = await running.value
    // What was given up with the runner is there for the next one.
    #expect(try await house.store.read { try $0.count("yard.haul|slow") } == 50)
  }

  /// Lanes run empty and fill again all the time here: none may be forgotten while somebody claims from it.
  @Test func lanesThatRunEmptyAreNotLost() async throws {
    let house = try TestHouse()
    let yard = try await house.open { Yard($0) }
    let runner = AgendaRunner(
      store: house.store, clock: house.clock, log: Logger(label: "test"), workers: WorkerEntry.entries(of: yard))
    let running = Task { await runner.run() }
    for round in 0..<100 { try await fill(house.store, ["a": 5, "b": 1 + round % 7, "c\(round % 3)": 2]) }
    let expected = 500 + (0..<100).map { 1 + $0 % 7 }.reduce(0, +) + 200
    func ended() -> Int { yard.ended.withLock { $0.values.reduce(0, +) } }
    for _ in 0..<20_000 where ended() < expected { try await Task.sleep(for: .milliseconds(1)) }
    #expect(ended() == expected)
    running.cancel()
    await running.value
  }
}
