import Store
import Time

/// How far metrics have been written to another store.
struct RemoteWriteCursor: Resource {
  static let kind = "inlets.remote-write"
  var url: String
  /// Everything before was taken, or refused for good.
  var through: Timestamp
  var key: String { url }
}
