import Store
import Time

/// What a running job shows to get credentials of its role: a token that only this server can make.
package struct JobIdentity: Sendable, Equatable {
  private static let scope = "servicekit.job-identity"
  package var role: String
  /// The role session's name: the job's id.
  package var session: String
  package var partition: Partition

  package init(role: String, session: String, partition: Partition) {
    self.role = role
    self.session = session
    self.partition = partition
  }

  /// Nil for a token this server did not make.
  package init?(token: String, _ seal: TokenSeal) {
    guard let parts = try? seal.open(parts: token, for: Self.scope), parts.count == 4 else { return nil }
    self.init(role: parts[0], session: parts[1], partition: Partition(account: parts[2], region: parts[3]))
  }

  package func token(_ seal: TokenSeal) -> String {
    seal.seal([role, session, partition.account, partition.region], for: Self.scope)
  }
}
