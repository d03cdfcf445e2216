/// The search of an index for the rules that match one event.
struct MatchRun {
  private let memory: MatchMemory
  private let event: EventFields
  private let keys: UnsafeRawPointer
  /// Whether the event has so many fields that trying an alternative once for each of them would take too long: the time would
  /// grow with their square. For others it is cheaper to try again than to remember.
  private let isLong: Bool

  private static let long = 64

  /// Finds the rules. Their headers are in `memory.found` afterwards and live as long as the index. An event that breaks off or is
  /// no JSON object has none.
  static func find(_ bytes: UnsafeRawBufferPointer, _ index: RuleIndex, _ memory: MatchMemory) {
    memory.reset(index)
    var reader = EventReader(bytes, into: memory.event)
    guard reader.read(UnsafePointer(index.root.record)) else { return }
    withExtendedLifetime(index) {
      let run = MatchRun(memory: memory, event: memory.event, keys: index.keys.memory, isLong: memory.event.fields.count > Self.long)
      run.probeFields()
      KeyNode.visitAll(index.any.memory) { run.attempt($0) }
    }
  }

  private func probeFields() {
    var field = event.fields.start
    let end = field + event.fields.count
    while field < end {
      if let probes = field.pointee.probes { probe(field, probes) }
      field += 1
    }
  }

  private func attempt(_ program: UnsafeRawPointer) {
    if isLong, !memory.isFirstTry(program) { return }
    let program = ProgramView(memory: program)
    if memory.isFound(program.header.pointee.slot) { return }
    if program.matches(event) { memory.add(program.header) }
  }

  @inline(__always)
  private func look(_ key: UInt64) { KeyNode.visit(keys, key) { attempt($0) } }

  typealias ProbesPointer = UnsafePointer<Probes.Record>

  @inline(__always)
  private func probe(_ field: UnsafeMutablePointer<Field>, _ probes: ProbesPointer) {
    let kinds = probes.pointee.kinds
    // Once for all values of the path.
    if kinds.contains(.present), field.pointee.following < 0 { look(Probe.Tag.present.seed(probes.pointee.seed)) }
    switch field.pointee.kind {
    case .string: probeString(field, probes)
    case .number: probeNumber(field, probes)
    case .true: look(Probe.Tag.true.seed(probes.pointee.seed))
    case .false: look(Probe.Tag.false.seed(probes.pointee.seed))
    case .null: look(Probe.Tag.null.seed(probes.pointee.seed))
    }
  }

  @inline(__always)
  private func probeString(_ field: UnsafeMutablePointer<Field>, _ probes: ProbesPointer) {
    let kinds = probes.pointee.kinds
    let seed = probes.pointee.seed
    let text = field.pointee.text
    let count = field.pointee.count
    if kinds.contains(.string) { look(Bytes.hash(text, count, seed: Probe.Tag.string.seed(seed))) }
    if kinds.contains(.parts) { probeParts(text, count, probes) }
    if !kinds.isDisjoint(with: [.folded, .foldedParts]) { probeFolded(text, count, probes) }
    if kinds.contains(.network), let address = Address(text, count) { probeAddress(address, probes) }
  }

  private func probeParts(_ text: UnsafePointer<UInt8>, _ count: Int, _ probes: ProbesPointer) {
    let seed = probes.pointee.seed
    look(prefixesOf: text, count, probes.pointee.prefixes, Probe.Tag.prefix.seed(seed))
    look(suffixesOf: text, count, probes.pointee.suffixes, Probe.Tag.suffix.seed(seed))
    guard let grams = probes.pointee.grams, count >= 3 else { return }
    var gram = UInt32(text[0]) << 8 | UInt32(text[1])
    for index in 2..<count {
      gram = (gram &<< 8 | UInt32(text[index])) & 0xFF_FFFF
      let place = Probes.gramBit(gram)
      if grams[place.word] & place.bit != 0 { look(Bytes.hash(UInt64(gram), seed: Probe.Tag.gram.seed(seed))) }
    }
  }

  private func look(prefixesOf text: UnsafePointer<UInt8>, _ count: Int, _ lengths: Probes.Lengths, _ seed: UInt64) {
    for index in 0..<lengths.count {
      let length = lengths.start[index]
      if length > count { return }
      look(Bytes.hash(text, length, seed: seed))
    }
  }

  private func look(suffixesOf text: UnsafePointer<UInt8>, _ count: Int, _ lengths: Probes.Lengths, _ seed: UInt64) {
    for index in 0..<lengths.count {
      let length = lengths.start[index]
      if length > count { return }
      look(Bytes.hash(text + (count - length), length, seed: seed))
    }
  }

  private func probeFolded(_ text: UnsafePointer<UInt8>, _ count: Int, _ probes: ProbesPointer) {
    let folded = memory.room(forFolded: count)
    for index in 0..<count { folded[index] = CaseFolding.lowercased(text[index]) }
    let seed = probes.pointee.seed
    if probes.pointee.kinds.contains(.folded) { look(Bytes.hash(folded, count, seed: Probe.Tag.folded.seed(seed))) }
    look(prefixesOf: folded, count, probes.pointee.foldedPrefixes, Probe.Tag.foldedPrefix.seed(seed))
    look(suffixesOf: folded, count, probes.pointee.foldedSuffixes, Probe.Tag.foldedSuffix.seed(seed))
  }

  private func probeAddress(_ address: Address, _ probes: ProbesPointer) {
    let lengths = address.isV4 ? probes.pointee.v4 : probes.pointee.v6
    let seed = (address.isV4 ? Probe.Tag.v4 : .v6).seed(probes.pointee.seed)
    for index in 0..<lengths.count {
      let bits = lengths.start[index]
      look(AccessKey.address(address.masked(bits).value, bits, seed))
    }
  }

  private func probeNumber(_ field: UnsafeMutablePointer<Field>, _ probes: ProbesPointer) {
    let kinds = probes.pointee.kinds
    let seed = probes.pointee.seed
    if kinds.contains(.literalNumber) {
      look(Bytes.hash(field.pointee.text, field.pointee.count, seed: Probe.Tag.literalNumber.seed(seed)))
    }
    guard !kinds.isDisjoint(with: [.number, .ranges]), field.pointee.compare() else { return }
    let value = field.pointee.millionths
    if kinds.contains(.number) { look(Bytes.hash(UInt64(bitPattern: value), seed: Probe.Tag.number.seed(seed))) }
    guard kinds.contains(.ranges) else { return }
    var levels = probes.pointee.levels
    while levels != 0 {
      let level = levels.trailingZeroBitCount
      levels &= levels &- 1
      look(Bytes.hash(AccessKey.cell(value, level), seed: Probe.Tag.cell.seed(seed) &+ UInt64(truncatingIfNeeded: level)))
    }
    let bound = AccessKey.bound(value)
    if let atLeast = probes.pointee.atLeast { KeyNode.visit(atLeast, .upTo, bound) { attempt($0) } }
    if let atMost = probes.pointee.atMost { KeyNode.visit(atMost, .from, bound) { attempt($0) } }
  }
}
