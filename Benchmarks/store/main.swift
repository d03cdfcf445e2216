import FoundationEssentials
import Store
import StoreSQLite
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The store on disk: transactions of one operation, a million rows, a million timers.
//
//     bench-store [FOLDER] [ROWS]
//
// FOLDER is made and removed; put it on the disk that is to be measured.

let folder = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "/tmp/martlet-bench-store"
let rows = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1_000_000 : 1_000_000
let here = Partition(account: "000000000000", region: "eu-central-1")

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
  let start = ContinuousClock.now
  try await body()
  let took = ContinuousClock.now - start
  return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

func rounded(_ value: Double, _ digits: Int = 0) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let shown = (value * scale).rounded() / scale
  return digits == 0 ? String(Int(shown)) : String(shown)
}

/// Megabytes in memory now.
func memory() -> Double {
  guard let bytes = FileManager.default.contents(atPath: "/proc/self/statm") else { return 0 }
  let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
  return words.count > 1 ? Double(words[1]).map { $0 * 4_096 / 1e6 } ?? 0 : 0
}

func row(_ number: Int) -> CatalogRow {
  CatalogRow(
    partition: here, kind: "bench.row", key: "row-\(number)", body: Array(#"{"name":"row-\#(number)","state":"ENABLED","count":1}"#.utf8),
    indexes: ["state": number % 2 == 0 ? "A" : "B"])
}

/// What fsync of a small append costs here: the floor under every durable transaction of one caller.
func syncsPerSecond() -> Double {
  let descriptor = open(folder + "/sync", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  defer { close(descriptor) }
  let bytes = [UInt8](repeating: 1, count: 200)
  let start = ContinuousClock.now
  for _ in 0..<500 {
    _ = write(descriptor, bytes, bytes.count)
    fdatasync(descriptor)
  }
  let took = ContinuousClock.now - start
  return 500 / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
}

func transactions(callers: Int, each: Int, _ store: SQLiteStore) async throws -> Double {
  let took = try await seconds {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<callers {
        group.addTask {
          for number in 0..<each {
            try await store.write { transaction in
              _ = try transaction.put(
                CatalogRow(partition: here, kind: "bench.tx", key: "\(caller)-\(number)", body: [1, 2, 3]), when: .any)
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }
  return Double(callers * each) / took
}

try? FileManager.default.removeItem(atPath: folder)
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let syncs = syncsPerSecond()
print("bare append and fdatasync, one after the other: \(rounded(syncs)) per second")
var store = try SQLiteStore.open(path: folder + "/store.sqlite")
let single = try await transactions(callers: 1, each: 3_000, store)
print("transactions, 1 caller: \(rounded(single)) per second (\(rounded(single / syncs, 2)) of bare)")
let many = try await transactions(callers: 64, each: 2_000, store)
print("transactions, 64 callers: \(rounded(many)) per second")

let batch = 1_000
let before = memory()
var took = try await seconds {
  for start in stride(from: 0, to: rows, by: batch) {
    try await store.write { transaction in
      for number in start..<min(start + batch, rows) { _ = try transaction.put(row(number), when: .absent) }
    }
  }
}
print("catalog rows, \(batch) a transaction: \(rounded(Double(rows) / took)) per second")
took = try await seconds {
  for start in stride(from: 0, to: rows, by: batch) {
    try await store.write { transaction in
      for number in start..<min(start + batch, rows) {
        _ = try transaction.schedule(
          AgendaEntry(
            queue: "bench", partition: here, key: "timer-\(number)", due: Timestamp(seconds: Int64(number / 10_000)), payload: [1]))
      }
    }
  }
}
print("agenda timers, \(batch) a transaction: \(rounded(Double(rows) / took)) per second")
print(
  "memory for both: \(rounded(memory() - before)) MB more; file \(rounded(Double(((try? FileManager.default.attributesOfItem(atPath: folder + "/store.sqlite"))?[.size] as? Int) ?? 0) / 1e6)) MB"
)
await store.close()
took = try await seconds { store = try SQLiteStore.open(path: folder + "/store.sqlite") }
print("open: \(rounded(took * 1_000, 1)) ms")
let reopened = store
took = try await seconds {
  let claimed = try await reopened.write { try $0.claim("bench", now: Timestamp(seconds: 0), limit: 10_000, lease: .seconds(60)).count }
  print("claimed \(claimed)", terminator: " ")
}
print("of 10,000 due at once: \(rounded(took * 1_000, 1)) ms")
took = try await seconds {
  for number in 0..<20_000 { _ = try await reopened.read { try $0.row("bench.row", "row-\(number * 37 % rows)", in: here) } }
}
print("reads of one row, one after the other: \(rounded(20_000 / took)) per second")
await store.close()
try FileManager.default.removeItem(atPath: folder)
