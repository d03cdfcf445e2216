/// All rules of a bus, filed so that an event finds those that may match it. Never changes; `IndexEditor` makes the next one.
///
/// Each alternative of a rule is filed under one of its conditions, the one that the fewest events are expected to meet. For
/// every value of an event that some rule mentions, the alternatives filed under the keys of that value are tried whole. So the
/// cost follows what the event holds, not how many rules there are.
struct RuleIndex: Sendable {
  /// The names to look at, with the probes of each path.
  var root = PathNode.empty
  /// All alternatives by key, but those in `any` and those found by bounds, which are with the probes of their path.
  var keys = KeyNode.empty
  /// Alternatives that events may match which have none of their fields.
  var any = KeyNode.empty
  /// Paths and rules have numbers below these.
  var paths = 0
  var slots = 0
}
