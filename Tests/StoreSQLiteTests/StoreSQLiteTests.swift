import CSQLite
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
      #expect(try transaction.claim("q", now: Timestamp(seconds: 2), limit: 1, lease: .seconds(1)).map(\.entry.payload) == [[7]])
    }
    await second.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func theWriteAheadLogStaysShort() async throws {
    let folder = try folder()
    let path = folder + "/store.sqlite"
    let here = StoreConformance.here
    let store = try SQLiteStore.open(path: path)
    let megabyte = [UInt8](repeating: 7, count: 1 << 20)
    for number in 0..<40 {
      try await store.write { _ = try $0.put(CatalogRow(partition: here, kind: "k", key: "\(number)", body: megabyte), when: .absent) }
    }
    // Every write is answered before the log is copied; one more comes after that.
    try await store.write { _ = try $0.delete("k", "0", in: here, when: .any) }
    let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
    #expect(try #require(log) < 20 << 20)
    #expect(try await store.read { try $0.row("k", "39", in: here)?.body } == megabyte)
    await store.close()
    let again = try SQLiteStore.open(path: path)
    #expect(try await again.read { try $0.count("k", in: here, prefix: "") } == 39)
    await again.close()
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func aFileThatIsNoStoreIsRefused() throws {
    let folder = try folder()
    try Data("this is no database, but long enough to be looked at as one".utf8).write(to: URL(filePath: folder + "/store.sqlite"))
    #expect(throws: StoreFault.self) { _ = try SQLiteStore.open(path: folder + "/store.sqlite") }
    try FileManager.default.removeItem(atPath: folder)
  }

  /// The tables as format 1 had them, with a row of each.
  private static let format1 = """
    CREATE TABLE partition (
      id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, shard INTEGER NOT NULL,
      UNIQUE (account, region, shard)
    ) STRICT;
    CREATE TABLE catalog (
      partition INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
      body BLOB NOT NULL, indexes TEXT, PRIMARY KEY (partition, kind, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE catalog_index (
      partition INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL,
      PRIMARY KEY (partition, kind, name, value, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE agenda (
      id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, partition INTEGER NOT NULL, key TEXT, wanted INTEGER NOT NULL,
      due INTEGER NOT NULL, attempt INTEGER NOT NULL, lease INTEGER NOT NULL, payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX agenda_due ON agenda (queue, due, id);
    CREATE UNIQUE INDEX agenda_key ON agenda (queue, partition, key) WHERE key IS NOT NULL;
    CREATE INDEX agenda_claimed ON agenda (lease) WHERE lease <> 0;
    CREATE TABLE ledger_stream (
      id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, UNIQUE (partition, name)
    ) STRICT;
    CREATE TABLE ledger (
      stream INTEGER NOT NULL, sequence INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (stream, sequence)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO partition VALUES (1, '000000000000', 'eu-central-1', 0);
    INSERT INTO catalog VALUES (1, 'k', 'a', 1, 4, x'01', '{"state":"ON"}');
    INSERT INTO catalog_index VALUES (1, 'k', 'state', 'ON', 'a');
    INSERT INTO agenda VALUES (7, 'q', 1, 'free', 2000000, 2000000, 0, 0, x'07'), (9, 'q', 1, NULL, 1000000, 99000000, 3, 5, x'09');
    INSERT INTO ledger_stream VALUES (1, 1, 'l', 2);
    INSERT INTO ledger VALUES (1, 1, x'01'), (1, 2, x'02');
    PRAGMA journal_mode = WAL;
    PRAGMA user_version = 1;
    """

  @Test func aStoreOfFormat1IsBroughtToThisOne() async throws {
    let folder = try folder()
    let path = folder + "/store.sqlite"
    var file: OpaquePointer?
    #expect(sqlite3_open(path, &file) == SQLITE_OK)
    #expect(sqlite3_exec(file, Self.format1, nil, nil, nil) == SQLITE_OK)
    sqlite3_close(file)
    let here = StoreConformance.here
    for round in 0..<2 {
      let store = try SQLiteStore.open(path: path)
      try await store.write { (transaction) throws in
        let page = try transaction.page("k", in: here, CatalogQuery(.index("state", from: "ON", to: nil)))
        #expect(page.map(\.key) == ["a"] && page.first?.revision == 4)
        #expect(try transaction.lastSequence(of: LedgerStream("l", in: here)) == 2)
        #expect(try transaction.entry("q", key: "free", in: here)?.payload == [7])
        // The claim of a server that is gone holds nothing; its entry is due when it was, and counts its attempts.
        let tasks = try transaction.claim("q", now: Timestamp(seconds: 2), limit: 9, lease: .seconds(9))
        #expect(tasks.map(\.entry.payload) == [[9], [7]] && tasks.map(\.attempt) == [4, 1] && tasks.map(\.id) == [9, 7])
        #expect(
          try transaction.schedule(AgendaEntry(queue: "r", partition: here, due: Timestamp(seconds: 1), payload: [])) == 10 + Int64(round))
      }
      await store.close()
    }
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test func aStoreOfALaterFormatIsRefused() async throws {
    let folder = try folder()
    var file: OpaquePointer?
    #expect(sqlite3_open(folder + "/store.sqlite", &file) == SQLITE_OK)
    #expect(sqlite3_exec(file, "PRAGMA user_version = 99", nil, nil, nil) == SQLITE_OK)
    sqlite3_close(file)
    #expect(throws: StoreFault.self) { _ = try SQLiteStore.open(path: folder + "/store.sqlite") }
    try FileManager.default.removeItem(atPath: folder)
  }
}
