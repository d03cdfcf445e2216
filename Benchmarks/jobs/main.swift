import Batch
import Execution
import FoundationEssentials
import JSON
import LocalExecution
import Logging
import ServiceKit
import Store
import StoreSQLite
import Synchronization
import Time

// Real jobs through Batch: SubmitJob of /bin/true on a store on disk, to SUCCEEDED.
//
//     bench-jobs [JOBS]

struct Nowhere: Outbound {
  func send(_ request: OutboundRequest) async throws -> OutboundResponse { throw OutboundError("nothing leaves a benchmark") }
  func send(_ message: MailMessage) async throws { throw OutboundError("nothing leaves a benchmark") }
}

/// Counts jobs that have ended, and wakes whoever waits for some.
final class Ends: CompletionListener {
  private struct State {
    var ended = 0
    var waiting: (count: Int, CheckedContinuation<Void, Never>)?
  }
  private let state = Mutex(State())

  func finished(_ resource: ARN, succeeded: Bool, output: JSONValue, in partition: Partition, _ transaction: any Transaction) throws {
    transaction.afterCommit {
      let woken = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
        state.ended += 1
        guard let (count, waiter) = state.waiting, state.ended >= count else { return nil }
        state.waiting = nil
        return waiter
      }
      woken?.resume()
    }
  }

  /// Returns when as many jobs have ended since the beginning.
  func wait(for count: Int) async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.ended >= count { return true }
        state.waiting = (count, continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }
}

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let start = ContinuousClock.now
  try await body()
  let took = ContinuousClock.now - start
  return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 3_000 : 3_000
let folder = "/tmp/martlet-bench-jobs"
try? FileManager.default.removeItem(atPath: folder)
try FileManager.default.createDirectory(atPath: folder + "/jobs", withIntermediateDirectories: true)
let (clock, log, here) = (SystemClock(), Logger(label: "bench"), Partition(account: "000000000000", region: "eu-central-1"))
let store = try SQLiteStore.open(path: folder + "/store.sqlite")
let (identifiers, invoker, ends) = (Identifiers(), Invoker(), Ends())
let audit = AuditTrail(store: store, clock: clock, log: log)
invoker.use(
  Pipeline(
    store: store, clock: clock, authorizer: AccountAuthorizer(), audit: audit, measurements: Measurements(), identifiers: identifiers,
    log: log))
invoker.provide(completions: ends)
guard let nursery = LocalExecution.nurseryPath() else {
  fatalError("martlet-nursery is not built: swift build -c release --product martlet-nursery")
}
let engine = try await LocalExecution(directory: folder + "/jobs", nursery: nursery, clock: clock, logger: log)
let batch = Batch(
  RoomContext(
    store: store, clock: clock, invoker: invoker, limits: .open, log: log, home: here, directory: folder, endpoint: "http://127.0.0.1:4566",
    tokens: TokenSeal(secret: Array("a secret of the benchmark".utf8)), identifiers: identifiers, outbound: Nowhere()), execution: engine)
invoker.register(batch)
try await batch.start()
let loops = batch.loops.map { loop in Task { try await loop() } }

@Sendable func call(_ operation: String, _ input: JSONValue) async throws -> JSONValue {
  let context = CallContext(
    caller: .root(account: here.account, region: here.region), requestID: identifiers.uuid(), now: clock.now())
  return try await invoker.call("batch", operation, input, context)
}

_ = try await call(
  "CreateComputeEnvironment",
  [
    "computeEnvironmentName": "local", "type": "MANAGED",
    "computeResources": ["type": "EC2", "maxvCpus": 64, "subnets": ["local"], "instanceTypes": ["optimal"]],
  ])
_ = try await call(
  "CreateJobQueue",
  ["jobQueueName": "queue", "priority": 1, "computeEnvironmentOrder": [["order": 1, "computeEnvironment": "local"]]])
_ = try await call(
  "RegisterJobDefinition",
  [
    "jobDefinitionName": "true", "type": "container",
    "containerProperties": ["image": "local", "command": ["/bin/true"], "vcpus": 1, "memory": 16],
  ])
let submission: JSONValue = ["jobName": "job", "jobQueue": "queue", "jobDefinition": "true"]

var latencies: [Double] = []
for number in 1...100 {
  latencies.append(
    try await seconds {
      _ = try await call("SubmitJob", submission)
      await ends.wait(for: number)
    })
}
latencies.sort()
print(
  "one job at a time, SubmitJob to SUCCEEDED: p50 \((latencies[50] * 10_000).rounded() / 10) ms, p99 \((latencies[98] * 10_000).rounded() / 10) ms"
)

let took = try await seconds {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for caller in 0..<32 {
      group.addTask { for _ in 0..<(count / 32 + (caller < count % 32 ? 1 : 0)) { _ = try await call("SubmitJob", submission) } }
    }
    await ends.wait(for: 100 + count)
    try await group.waitForAll()
  }
}
print("\(count) jobs by 32 callers, at most 64 at once: \(Int((Double(count) / took).rounded())) per second")
for loop in loops { loop.cancel() }
await batch.stop()
await store.close()
// The engine may still be clearing away what the last jobs left.
try? FileManager.default.removeItem(atPath: folder)
