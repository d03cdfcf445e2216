/// Tries programs on the fields of an event.
///
/// Conditions on several members of objects in an array must be met within one element. AWS goes through the paths in order,
/// keeps for each the array elements that its value lies in, and takes no value from another element of the same array. So
/// whether a field is absent is asked in the elements taken so far, by the paths before it.
///
/// Source: the published event-ruler, "JSON array matching".
extension ProgramView {
  /// Values looked at for one rule and one event in search of array elements that go together.
  ///
  /// Differs: AWS has no such limit; an event made to need more counts as not matching.
  private static let mostAttempts = 4_000_000

  func matches(_ event: EventFields) -> Bool {
    if conditions.count > 1, event.frames.count > 1 { return matchesConsistently(event) }
    for condition in conditions where !isMet(condition, event) { return false }
    return true
  }

  @inline(__always)
  private func isMet(_ condition: Program.Condition, _ event: EventFields) -> Bool {
    var index = event.first(at: condition.path)
    if index < 0 { return condition.acceptsAbsence }
    while index >= 0 {
      let field = event.field(index)
      if meets(condition, field) { return true }
      index = field.pointee.following
    }
    return false
  }

  private func matchesConsistently(_ event: EventFields) -> Bool {
    // Most rules fail here or turn out to look into no array, or into one with a single condition.
    var inArrays = 0
    for condition in conditions {
      var index = event.first(at: condition.path)
      if index >= 0, event.field(index).pointee.frame != 0 || event.field(index).pointee.following >= 0 {
        inArrays += condition.acceptsAbsence ? 2 : 1
        while index >= 0, condition.acceptsAbsence || !meets(condition, event.field(index)) { index = event.field(index).pointee.following }
        if index < 0, !condition.acceptsAbsence { return false }
      } else if !isMet(condition, event) {
        return false
      }
    }
    if inArrays <= 1 { return true }
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: conditions.count) { taken in
      var search = ConsistentSearch(program: self, event: event, taken: taken, attempts: Self.mostAttempts)
      return search.search(from: 0) == nil
    }
  }
}

/// Looks for values that meet all conditions and lie in the same elements of the arrays they share.
private struct ConsistentSearch {
  let program: ProgramView
  let event: EventFields
  /// For each condition met so far the frame of its value, 0 for a value in no array and for an absent one.
  let taken: UnsafeMutableBufferPointer<Int32>
  var attempts: Int

  /// The conditions before `index` that stand in the way, as bits (all of them beyond 64); nil when all from `index` on can be met.
  typealias Obstacles = UInt64

  /// Tries the condition's values in turn. Where none fits, only other choices for its obstacles can help, so the search goes
  /// straight back to the last of those.
  mutating func search(from index: Int) -> Obstacles? {
    guard index < program.conditions.count else { return nil }
    let condition = program.conditions[index]
    let own = Self.bit(index)
    var obstacles: Obstacles = 0
    var isPresent = false
    var next = event.first(at: condition.path)
    while next >= 0 {
      let field = event.field(next)
      next = field.pointee.following
      attempts -= 1
      if attempts < 0 { return 0 }
      let frame = field.pointee.frame
      let conflicts = conflicts(of: frame, before: index)
      if conflicts == 0 { isPresent = true }
      guard program.meets(condition, field) else { continue }
      obstacles |= conflicts
      guard conflicts == 0 else { continue }
      taken[index] = frame
      guard let later = search(from: index + 1) else { return nil }
      if later & own == 0, index < 63 { return later }
      obstacles |= later
    }
    if condition.acceptsAbsence {
      if isPresent {
        obstacles |= own &- 1
      } else {
        taken[index] = 0
        guard let later = search(from: index + 1) else { return nil }
        if later & own == 0, index < 63 { return later }
        obstacles |= later
      }
    }
    return obstacles & (index < 64 ? own &- 1 : ~0)
  }

  private static func bit(_ index: Int) -> Obstacles { 1 << UInt64(min(index, 63)) }

  /// The conditions met so far whose values lie in another element of an array that the frame is in, too.
  private func conflicts(of frame: Int32, before index: Int) -> Obstacles {
    if frame == 0 { return 0 }
    var conflicts: Obstacles = 0
    for earlier in 0..<index where !areConsistent(taken[earlier], frame) { conflicts |= Self.bit(earlier) }
    return conflicts
  }

  /// Whether no array has one of the frames in one element and the other in another. Going outwards from both, the frames meet
  /// in a common one or first become neighbours: elements of one array, or arrays of one element.
  private func areConsistent(_ left: Int32, _ right: Int32) -> Bool {
    var left = left
    var right = right
    let frames = event.frames
    while frames[Int(left)].depth > frames[Int(right)].depth { left = frames[Int(left)].outer }
    while frames[Int(right)].depth > frames[Int(left)].depth { right = frames[Int(right)].outer }
    while left != right {
      if frames[Int(left)].array == frames[Int(right)].array { return false }
      left = frames[Int(left)].outer
      right = frames[Int(right)].outer
    }
    return true
  }
}
