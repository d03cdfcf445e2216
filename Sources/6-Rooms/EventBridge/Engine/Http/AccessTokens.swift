import JSON
import ServiceKit
import Synchronization
import Time

/// An OAuth access token.
struct AccessToken: Sendable {
  /// As it stands in the Authorization header: `Bearer ...`.
  var header: String
  /// Nil when the endpoint did not say.
  var expires: Timestamp?
}

/// The access tokens of connections, in memory only: each is fetched once, used until shortly before it expires, and fetched again after that or
/// when an endpoint refuses it. A server that starts again fetches them again.
final class AccessTokens: Sendable {
  private enum Entry {
    case ready(AccessToken)
    case fetching(Task<Result<AccessToken, Fault>, Never>)
  }
  private let entries = Mutex<[String: Entry]>([:])
  /// So long before it expires a token is fetched again. Source: EventBridge User Guide, "Authorization methods for connections".
  private static let margin = Duration.seconds(60)

  /// The token of the key, fetched when there is none that holds; many who ask at once share one fetch.
  func token(
    _ key: String, now: Timestamp, fetch: @escaping @Sendable () async -> Result<AccessToken, Fault>
  ) async throws(Fault) -> AccessToken {
    enum Found {
      case ready(AccessToken)
      case waiting(Task<Result<AccessToken, Fault>, Never>)
    }
    let found: Found = entries.withLock { entries in
      switch entries[key] {
      case .ready(let token) where token.expires.map({ $0 - Self.margin > now }) ?? true: return .ready(token)
      case .fetching(let task): return .waiting(task)
      default:
        let task = Task { await fetch() }
        entries[key] = .fetching(task)
        return .waiting(task)
      }
    }
    switch found {
    case .ready(let token): return token
    case .waiting(let task):
      let result = await task.value
      entries.withLock { entries in
        guard case .fetching(let current) = entries[key], current == task else { return }
        entries[key] = (try? result.get()).map { .ready($0) }
      }
      return try result.get()
    }
  }

  /// Forgets the token, unless another has been fetched since.
  func forget(_ key: String, _ token: AccessToken? = nil) {
    entries.withLock { entries in
      if let token, case .ready(let current)? = entries[key], current.header != token.header { return }
      entries[key] = nil
    }
  }
}
