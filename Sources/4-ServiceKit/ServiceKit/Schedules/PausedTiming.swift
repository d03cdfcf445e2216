import Store
import Time

/// Since when a schedule or rule is switched off, and by what it would have fired: its instants since then are skipped.
///
/// They are written down when it is switched on or edited, and computed where they are asked for before, so that one that is off costs
/// nothing.
package struct PausedTiming: Resource {
  package static let kind = "servicekit.paused"
  /// The owner's resource.
  package var key: String
  package var since: Timestamp
  package var timing: ScheduleTiming

  package init(key: String, since: Timestamp, timing: ScheduleTiming) {
    self.key = key
    self.since = since
    self.timing = timing
  }
}
