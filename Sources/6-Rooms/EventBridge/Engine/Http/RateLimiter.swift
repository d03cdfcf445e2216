import Synchronization
import Time

/// Token buckets, one for each destination: so many requests in a second, as many at once. Who comes too early is given an instant to come
/// back, which is kept for him, so that nobody waits twice.
package final class RateLimiter: Sendable {
  private struct Bucket {
    /// When the bucket would be full again.
    var full = Timestamp.distantPast
    /// Who comes back when.
    var reserved: [String: Timestamp] = [:]
    var swept = Timestamp.distantPast
  }
  private let buckets = Mutex<[String: Bucket]>([:])
  /// Reservations that nobody has come for so long are given up.
  private static let patience = Duration.seconds(3_600)
  private static let pause = Duration.seconds(60)
  /// Who comes while so many wait for one destination reserves nothing and comes back after all of them.
  package static let most = 10_000

  package init() {}

  /// Nil when the request may go now; else how long it has to wait.
  ///
  /// - Parameter id: of the delivery, by which it is known again; without one nothing is reserved.
  package func wait(_ destination: String, perSecond rate: Int, id: String?, now: Timestamp) -> Duration? {
    buckets.withLock { buckets in
      // Taken out while it changes: its reservations would be copied otherwise.
      var bucket = buckets.removeValue(forKey: destination) ?? Bucket()
      defer { buckets[destination] = bucket }
      if let id, let slot = bucket.reserved[id] {
        guard slot <= now else { return slot - now }
        bucket.reserved[id] = nil
        return nil
      }
      let interval = Duration.microseconds(max(1, 1_000_000 / Int64(max(1, rate))))
      let start = bucket.full - (.seconds(1) - interval)
      if start <= now {
        bucket.full = max(bucket.full, now) + interval
        return nil
      }
      guard let id else { return start - now }
      if bucket.reserved.count >= Self.most {
        if bucket.swept + Self.pause <= now {
          bucket.reserved = bucket.reserved.filter { $0.value > now - Self.patience }
          bucket.swept = now
        }
        if bucket.reserved.count >= Self.most { return start - now }
      }
      bucket.reserved[id] = start
      bucket.full = bucket.full + interval
      return start - now
    }
  }

  package func forget(_ destination: String) { buckets.withLock { $0[destination] = nil } }
}
