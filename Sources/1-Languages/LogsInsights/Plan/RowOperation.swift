/// A step of a stage that looks at one event or row alone.
enum RowOperation: Sendable {
  case filter(Node)
  case assign(slot: Int, Node)
  case glob(source: Node, parts: [Text], slots: [Int])
  case regex(source: Node, regex: Int, literal: Text, groups: [(slot: Int, group: Int)])
  case unnest(source: Node, slot: Int)
  case lookup(LookupIndex, keys: [Node], slots: [Int])
}

/// The steps of a stage up to what collects.
struct RowOperations: Sendable {
  var list: [RowOperation] = []

  /// Hands on what passes; the number of times it did.
  func run(_ frame: Frame, from first: Int = 0, to sink: Sink) -> Int {
    for position in first..<list.count {
      switch list[position] {
      case .filter(let node): if !node.test(frame) { return 0 }
      case .assign(let slot, let node): frame.slots[slot] = node.value(frame)
      case .glob(let source, let parts, let slots): Self.glob(source, parts, slots, frame)
      case .regex(let source, let regex, let literal, let groups): Self.match(source, regex, literal, groups, frame)
      case .lookup(let index, let keys, let slots):
        let found = index.find(keys, frame)
        for (place, slot) in slots.enumerated() { frame.slots[slot] = found.map { .text($0[place]) } ?? .missing }
      case .unnest(let source, let slot): return unnest(source.value(frame), slot, frame, position + 1, sink)
      }
    }
    sink.add(frame)
    return 1
  }

  private func unnest(_ value: Value, _ slot: Int, _ frame: Frame, _ next: Int, _ sink: Sink) -> Int {
    guard case .json(let text) = value, text.start[0] == UInt8(ascii: "[") else {
      // Anything else is a list of one.
      frame.slots[slot] = value
      return run(frame, from: next, to: sink)
    }
    var passed = 0
    let scan = JSONScan(text)
    scan.elements(0) { _, start, close in
      frame.slots[slot] = scan.value(start, close, frame.arena)
      passed += run(frame, from: next, to: sink)
      return sink.failure == nil
    }
    return passed
  }

  private static func glob(_ source: Node, _ parts: [Text], _ slots: [Int], _ frame: Frame) {
    for slot in slots { frame.slots[slot] = .missing }
    guard let text = Formatter.text(source.value(frame), frame.arena), let first = text.find(parts[0]) else { return }
    var start = first + parts[0].count
    var ends: [(Int, Int)] = []
    for part in parts.dropFirst().dropLast() {
      guard let end = text.find(part, from: start) else { return }
      ends.append((start, end))
      start = end + part.count
    }
    let last = parts[parts.count - 1]
    guard let end = last.isEmpty ? text.count : text.find(last, from: start) else { return }
    for (slot, (from, to)) in zip(slots, ends) { frame.slots[slot] = .text(Text(text.start + from, to - from)) }
    frame.slots[slots[slots.count - 1]] = .text(Text(text.start + start, end - start))
  }

  private static func match(_ source: Node, _ regex: Int, _ literal: Text, _ groups: [(slot: Int, group: Int)], _ frame: Frame) {
    for group in groups { frame.slots[group.slot] = .missing }
    guard let text = Formatter.text(source.value(frame), frame.arena), text.find(literal) != nil else { return }
    let captures = frame.captures[regex]
    guard frame.scanners[regex].matches(text.start, text.count), captures.match(text.start, text.count) else { return }
    for group in groups {
      let start = captures.slots[group.group * 2]
      let end = captures.slots[group.group * 2 + 1]
      if start >= 0, end >= start { frame.slots[group.slot] = .text(Text(text.start + start, end - start)) }
    }
  }
}
