import GRDB
import Store

/// The tables. One kind of table for each shape, none for a kind of resource.
enum Schema {
  /// Raised with every change of the tables; kept in the file's `user_version`.
  static let version = 1

  static func prepare(_ database: Database, path: String) throws {
    let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    guard found <= version else {
      throw StoreFault.damaged("\(path) was written by a newer version of Martlet: its format is \(found), this version reads \(version)")
    }
    if found == version { return }
    try database.inTransaction(.immediate) {
      try database.execute(sql: tables)
      try database.execute(sql: "PRAGMA user_version = \(version)")
      return .commit
    }
  }

  /// `wanted` is the instant an entry was scheduled for; `due` is later than that while it is claimed: when the claim runs out.
  private static let tables = """
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
    """
}
