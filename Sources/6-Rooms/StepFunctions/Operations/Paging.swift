import ServiceKit
import Store
import Time

/// 0 and nothing ask for the default.
enum PageSize {
  static func of(_ asked: Int?) -> Int { asked == nil || asked == 0 ? 100 : min(max(asked ?? 100, 1), 1_000) }
}

extension Call where Home == StepFunctions {
  private func seal(_ listing: String) -> String { "stepfunctions/\(partition.text)/\(listing)" }

  /// Where a page begins, by the token of the page before. Throws InvalidToken for one of another listing, or one older than a day.
  func page(_ token: String?, of listing: String) throws -> CatalogCursor? {
    guard let token else { return nil }
    let invalid = Fault("InvalidToken", "Invalid Token: '\(token)'")
    guard let parts = try? room.context.tokens.open(parts: token, for: seal(listing)), parts.count == 3, let expiry = Int64(parts[2]) else {
      throw invalid
    }
    guard now <= Timestamp(seconds: expiry) else { throw invalid }
    return CatalogCursor(value: parts[0], key: parts[1])
  }

  /// The token for the page that begins after the cursor.
  func pageToken(_ cursor: CatalogCursor?, of listing: String) -> String? {
    guard let cursor else { return nil }
    return room.context.tokens.seal([cursor.value, cursor.key, String(now.seconds + 86_400)], for: seal(listing))
  }

  /// Machines, versions or aliases have changed: what is remembered of them is forgotten after the commit.
  func changed() {
    let room = room
    transaction.afterCommit { room.targets.forget() }
  }
}
