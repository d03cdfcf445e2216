#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The values of a column, in memory of the messages they are of.
struct ColumnInput {
  let base: UnsafePointer<UInt8>
  /// Offset in the upper, length in the lower half.
  let spans: UnsafeMutablePointer<UInt64>
  let count: Int
  /// The time of each event.
  let times: UnsafeMutablePointer<Int64>

  @inline(__always)
  func text(_ index: Int) -> (start: UnsafePointer<UInt8>, count: Int) {
    let span = spans[index]
    return (base + Int(span >> 32), Int(span & 0xFFFF_FFFF))
  }
}

/// Chooses how a column is stored, and writes it.
struct ColumnWriter {
  private static let mostWords = 4_096
  private static let slots = 1 << 14
  private var table = [Int32](repeating: -1, count: slots)
  private var used: [Int] = []
  private var numbers: [Int64] = []
  private var clock = TimeText()
  /// Keeps bytes and says where.
  private(set) var parts: [(bytes: [UInt8], isCompressed: Bool, raw: Int)] = []
  private let compressor = Compressor()
  private static let inline = 96

  mutating func removeAll() { parts.removeAll() }

  mutating func keep(_ bytes: [UInt8], compressed: Bool) -> ColumnPart {
    if bytes.count <= Self.inline { return .inline(bytes) }
    if compressed, let packed = compressor.pack(bytes), packed.count < bytes.count {
      parts.append((packed, true, bytes.count))
    } else {
      parts.append((bytes, false, bytes.count))
    }
    return .part(parts.count - 1)
  }

  mutating func write(_ input: ColumnInput) -> ColumnSpec {
    if isConstant(input) {
      let (start, count) = input.text(0)
      return ColumnSpec(constant: Array(UnsafeBufferPointer(start: start, count: count)))
    }
    var (shortest, longest) = (Int.max, 0)
    for index in 0..<input.count {
      let count = Int(input.spans[index] & 0xFFFF_FFFF)
      shortest = min(shortest, count)
      longest = max(longest, count)
    }
    if let kind = timeKind(input, shortest, longest) { return ColumnSpec(.time(kind), shortest, longest, TimeText.classes(kind)) }
    if let spec = number(input, shortest, longest) { return spec }
    if shortest >= 7, longest <= 15, let spec = addresses(input, shortest, longest) { return spec }
    if let found = words(input, most: min(Self.mostWords, input.count / 2)) {
      return wordSpec(input, found, shortest, longest, Self.classes(input))
    }
    let classes = Self.classes(input)
    if shortest == longest, shortest >= 8, shortest % 2 == 0, shortest <= 128, classes & ~ByteClasses.hexadecimal == 0 {
      return hexadecimal(input, shortest, classes)
    }
    return texts(input, shortest, longest, classes)
  }

  private func isConstant(_ input: ColumnInput) -> Bool {
    let (first, count) = input.text(0)
    for index in 1..<max(input.count, 1) {
      let (start, other) = input.text(index)
      if other != count || memcmp(start, first, count) != 0 { return false }
    }
    return true
  }

  private static func classes(_ input: ColumnInput) -> UInt64 {
    ByteClasses.table.withUnsafeBufferPointer { table in
      var classes: UInt64 = 0
      for index in 0..<input.count {
        let (start, count) = input.text(index)
        for place in 0..<count { classes |= table[Int(start[place])] }
      }
      return classes
    }
  }

  // MARK: Times

  private mutating func timeKind(_ input: ColumnInput, _ shortest: Int, _ longest: Int) -> UInt8? {
    guard shortest == longest, shortest <= 24 else { return nil }
    for kind in 0..<TimeText.kinds where TimeText.length(kind) == shortest {
      if isTime(kind, input, 0..<1), isTime(kind, input, 0..<input.count) { return kind }
    }
    return nil
  }

  private mutating func isTime(_ kind: UInt8, _ input: ColumnInput, _ range: Range<Int>) -> Bool {
    var clock = clock
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { buffer in
      guard let out = buffer.baseAddress else { return false }
      for index in range {
        let (start, count) = input.text(index)
        let length = clock.write(kind, input.times[index], out)
        if length != count || memcmp(start, out, length) != 0 { return false }
      }
      return true
    }
  }

  // MARK: Numbers

  private mutating func number(_ input: ColumnInput, _ shortest: Int, _ longest: Int) -> ColumnSpec? {
    let (start, count) = input.text(0)
    for isFixed in shortest == longest ? [true, false] : [false] {
      guard let text = NumberText(start, count, isFixed: isFixed) else { return nil }
      let parsed = text.withParser { parser in
        [Int64](unsafeUninitializedCapacity: input.count) { buffer, filled in
          guard let out = buffer.baseAddress else { return }
          for index in 0..<input.count {
            let (start, count) = input.text(index)
            guard let number = parser.parse(start, count) else { return }
            out[index] = number
            filled = index &+ 1
          }
        }
      }
      if parsed.count < input.count { continue }
      numbers = parsed
      var classes = ByteClasses.digits
      for byte in text.prefix + text.suffix { classes |= ByteClasses.bit(byte) }
      if text.decimals > 0 { classes |= ByteClasses.bit(UInt8(ascii: ".")) }
      if numbers.contains(where: { $0 < 0 }) { classes |= ByteClasses.bit(UInt8(ascii: "-")) }
      let bytes = packed()
      if input.count >= 256, bytes.count * 8 / input.count > 2 {
        let kept = numbers
        if let found = words(input, most: 256), found.count < 1 << max(1, bytes.count * 8 / input.count - 1) {
          return wordSpec(input, found, shortest, longest, classes)
        }
        numbers = kept
      }
      return ColumnSpec(.numbers(text, keep(bytes, compressed: false)), shortest, longest, classes)
    }
    return nil
  }

  private func packed() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 3)
    numbers.withUnsafeBufferPointer { PackedNumbers.put($0, to: &bytes) }
    return bytes
  }

  private mutating func addresses(_ input: ColumnInput, _ shortest: Int, _ longest: Int) -> ColumnSpec? {
    numbers.removeAll(keepingCapacity: true)
    for index in 0..<input.count {
      let (start, count) = input.text(index)
      guard let address = AddressText.parse(start, count) else { return nil }
      numbers.append(Int64(address))
    }
    return ColumnSpec(
      .addresses(keep(packed(), compressed: false)), shortest, longest, ByteClasses.digits | ByteClasses.bit(UInt8(ascii: ".")))
  }

  // MARK: Texts

  /// The first places of the different values, when there are not more than `most`; `numbers` are then their numbers for each event.
  private mutating func words(_ input: ColumnInput, most: Int) -> [Int]? {
    if most < 2 { return nil }
    var firsts: [Int] = []
    numbers.removeAll(keepingCapacity: true)
    numbers.reserveCapacity(input.count)
    defer {
      for slot in used { table[slot] = -1 }
      used.removeAll(keepingCapacity: true)
    }
    for index in 0..<input.count {
      let (start, count) = input.text(index)
      var slot = Int(truncatingIfNeeded: StoredHash.hash(start, count)) & (Self.slots - 1)
      while table[slot] >= 0 {
        let (other, length) = input.text(firsts[Int(table[slot])])
        if length == count, memcmp(other, start, count) == 0 { break }
        slot = (slot + 1) & (Self.slots - 1)
      }
      if table[slot] < 0 {
        if firsts.count == most { return nil }
        table[slot] = Int32(firsts.count)
        used.append(slot)
        firsts.append(index)
      }
      numbers.append(Int64(table[slot]))
    }
    return firsts
  }

  private mutating func wordSpec(_ input: ColumnInput, _ firsts: [Int], _ shortest: Int, _ longest: Int, _ classes: UInt64) -> ColumnSpec {
    var bytes: [UInt8] = []
    for first in firsts {
      let (start, count) = input.text(first)
      bytes.put(varint: count)
      bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    }
    let numbers = packed()
    return ColumnSpec(
      .words(firsts.count, words: keep(bytes, compressed: true), numbers: keep(numbers, compressed: false)), shortest, longest, classes)
  }

  private mutating func hexadecimal(_ input: ColumnInput, _ length: Int, _ classes: UInt64) -> ColumnSpec {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(input.count * length / 2)
    func digit(_ byte: UInt8) -> UInt8 { byte < 58 ? byte &- 48 : byte &- 87 }
    for index in 0..<input.count {
      let (start, _) = input.text(index)
      for place in stride(from: 0, to: length, by: 2) { bytes.append(digit(start[place]) << 4 | digit(start[place + 1])) }
    }
    var spec = ColumnSpec(.hexadecimal(length / 2, keep(bytes, compressed: false)), length, length, classes)
    spec.bloom = bloom(input)
    return spec
  }

  private mutating func texts(_ input: ColumnInput, _ shortest: Int, _ longest: Int, _ classes: UInt64) -> ColumnSpec {
    var bytes: [UInt8] = []
    numbers.removeAll(keepingCapacity: true)
    for index in 0..<input.count {
      let (start, count) = input.text(index)
      numbers.append(Int64(count))
      bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    }
    let lengths = keep(packed(), compressed: false)
    let isLong = bytes.count > 400 * input.count
    var spec = ColumnSpec(.texts(lengths: lengths, bytes: keep(bytes, compressed: true)), shortest, longest, classes)
    if shortest >= 4, !isLong { spec.bloom = bloom(input) }
    return spec
  }

  private mutating func bloom(_ input: ColumnInput) -> ColumnPart? {
    if input.count < 64 { return nil }
    let hashes = (0..<input.count).map { index in
      let (start, count) = input.text(index)
      return StoredHash.hash(start, count)
    }
    return keep(hashes.withUnsafeBufferPointer { ColumnBloom.make($0) }, compressed: false)
  }
}

/// Addresses of IP version 4.
enum AddressText {
  /// Nil unless it is exactly what `write` makes.
  static func parse(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt32? {
    var (address, part, digits, points): (UInt32, UInt32, Int, Int) = (0, 0, 0, 0)
    for place in 0..<count {
      let digit = text[place] &- 48
      if digit < 10 {
        if digits > 0, part == 0 { return nil }
        part = part &* 10 &+ UInt32(digit)
        digits += 1
        if digits > 3 || part > 255 { return nil }
      } else {
        guard text[place] == UInt8(ascii: "."), digits > 0, points < 3 else { return nil }
        address = address << 8 | part
        (part, digits, points) = (0, 0, points + 1)
      }
    }
    return points == 3 && digits > 0 ? address << 8 | part : nil
  }

  /// Room for 16 bytes.
  static func write(_ address: UInt32, _ out: UnsafeMutablePointer<UInt8>) -> Int {
    var place = 0
    for shift in [24, 16, 8, 0] as [UInt32] {
      if place > 0 {
        out[place] = UInt8(ascii: ".")
        place &+= 1
      }
      place &+= NumberText.write(UInt64(address >> shift & 255), out + place)
    }
    return place
  }
}
