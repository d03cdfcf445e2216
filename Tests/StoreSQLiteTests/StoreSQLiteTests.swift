import FoundationEssentials
import Store
import StoreSQLite
import Testing
import Time

@Suite struct StoreSQLiteTests {
  private func folder() throws -> String {
    let path = "/tmp/martlet-store-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test(arguments: StoreConformance.all.indices)
  func conformsInMemory(_ position: Int) async throws {
    try await StoreConformance.all[position].check(try SQLiteStore.open(path: nil))
  }

  @Test(arguments: StoreConformance.all.indices)
  func conformsOnDisk(_ position: Int) async throws {
    let folder = try folder()
    let store = try SQLiteStore.open(path: folder + "/store.sqlite")
    try await StoreConformance.all[position].check(store)
    await store.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func whatWasWrittenIsThereAgainAndClaimsAreFree() async throws {
    let folder = try folder()
    let path = folder + "/store.sqlite"
    let here = StoreConformance.here
    let first = try SQLiteStore.open(path: path)
    try await first.write { (transaction) throws in
      try transaction.put(CatalogRow(partition: here, kind: "k", key: "a", body: [1]), when: .any)
      try transaction.schedule(AgendaEntry(queue: "q", partition: here, due: Timestamp(seconds: 1), payload: [7]))
      #expect(try transaction.claim("q", now: Timestamp(seconds: 2), limit: 1, lease: .seconds(3_600)).count == 1)
    }
    #expect(throws: StoreFault.self) { _ = try SQLiteStore.open(path: path) }
    await first.close()
    let second = try SQLiteStore.open(path: path)
    try await second.write { (transaction) throws in
      #expect(try transaction.row("k", "a", in: here)?.body == [1])
      #expect(try transaction.claim("q", now: Timestamp(seconds: 2), limit: 1, lease: .seconds(1)).map(\.attempt) == [2])
    }
    await second.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func aFileThatIsNoStoreIsRefused() throws {
    let folder = try folder()
    try Data("this is no database, but long enough to be looked at as one".utf8).write(to: URL(filePath: folder + "/store.sqlite"))
    #expect(throws: StoreFault.self) { _ = try SQLiteStore.open(path: folder + "/store.sqlite") }
    try FileManager.default.removeItem(atPath: folder)
  }
}
