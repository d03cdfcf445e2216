#include <sqlite3.h>

/// SQLITE_TRANSIENT is a cast that Swift does not import: SQLite copies what is bound.
static inline sqlite3_destructor_type martlet_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Refuses texts in double quotes; variadic in SQLite.
static inline void martlet_sqlite_strict(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, (void *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, (void *)0);
}

/// Writes the changed pages of the open transaction to the write-ahead log and syncs that; they are part of no commit yet.
static inline int martlet_sqlite_flush(sqlite3 *db) {
  sqlite3_file *log = (sqlite3_file *)0;
  int code = sqlite3_db_cacheflush(db);
  if (code != SQLITE_OK) return code;
  code = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (code != SQLITE_OK) return code;
  if (!log || !log->pMethods) return SQLITE_OK;
  return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
}
