#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Chooses how a column is stored, and writes it.
struct ColumnWriter {
  private static let mostWords = 4_096
  /// The number of a word by its hash, twice as many places as there can be words.
  private let table = NumberHeap<Int32>(2 * mostWords)
  /// Where each word begins in the upper, its length in the lower half.
  private let firsts = NumberHeap<UInt64>(mostWords)
  /// What is written of each event: its number, or that of its word.
  private let numbers = NumberHeap<Int64>(1 << 12)
  private let hashes = NumberHeap<UInt64>(1 << 10)
  private var clock = TimeText()
  /// Keeps bytes and says where.
  private(set) var parts: [(bytes: [UInt8], isCompressed: Bool, raw: Int)] = []
  private let compressor = Compressor()
  private static let inline = 96

  mutating func removeAll() { parts.removeAll() }

  mutating func keep(_ bytes: [UInt8], compressed: Bool) -> ColumnPart {
    bytes.count <= Self.inline ? .inline(bytes) : bytes.withUnsafeBytes { keep($0, compressed: compressed) }
  }

  mutating func keep(_ bytes: UnsafeRawBufferPointer, compressed: Bool) -> ColumnPart {
    if bytes.count <= Self.inline { return .inline(Array(bytes)) }
    if compressed, let packed = compressor.pack(bytes), packed.count < bytes.count {
      parts.append((packed, true, bytes.count))
    } else {
      parts.append((Array(bytes), false, bytes.count))
    }
    return .part(parts.count - 1)
  }

  mutating func write(_ input: ColumnInput) -> ColumnSpec {
    if input.isConstant {
      let (start, count) = input.text(0)
      return ColumnSpec(constant: Array(UnsafeBufferPointer(start: start, count: count)))
    }
    let (shortest, longest) = input.lengths
    if let kind = timeKind(input, shortest, longest) { return ColumnSpec(.time(kind), shortest, longest, TimeText.classes(kind)) }
    if let spec = number(input, shortest, longest) { return spec }
    if shortest >= 7, longest <= 15, let spec = addresses(input, shortest, longest) { return spec }
    if findWords(input, most: min(Self.mostWords, input.count / 2)) { return wordSpec(input, shortest, longest, nil) }
    let classes = input.classes
    if shortest == longest, shortest >= 8, shortest % 2 == 0, shortest <= 128, classes & ~ByteClasses.hexadecimal == 0 {
      return hexadecimal(input, shortest, classes)
    }
    return texts(input, shortest, longest, classes)
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
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 48) { buffer in
      guard let out = buffer.baseAddress else { return false }
      var (minute, place, length) = (Int64(0), input.start(range.lowerBound), 0)
      for index in range {
        let time = input.times[index]
        // Most events are of the minute of the one before: then only what is behind the minute is written.
        let isSame = length > 0 && 0..<60_000 ~= time &- minute && TimeText.writeSeconds(kind, Int(time &- minute), out)
        if !isSame {
          length = clock.write(kind, time, out)
          minute = time &- ((time % 60_000) + 60_000) % 60_000
        }
        let end = Int(input.ends[index])
        if end &- place != length || !EightBytes.areSame(input.bytes + place, out, length) { return false }
        place = end
      }
      return true
    }
  }

  // MARK: Numbers

  private mutating func number(_ input: ColumnInput, _ shortest: Int, _ longest: Int) -> ColumnSpec? {
    let (start, count) = input.text(0)
    for isFixed in shortest == longest ? [true, false] : [false] {
      guard let text = NumberText(start, count, isFixed: isFixed) else { return nil }
      if !parse(input, text) { continue }
      var classes = ByteClasses.digits
      for byte in text.prefix + text.suffix { classes |= ByteClasses.bit(byte) }
      if text.decimals > 0 { classes |= ByteClasses.bit(UInt8(ascii: ".")) }
      if numbers.all.contains(where: { $0 < 0 }) { classes |= ByteClasses.bit(UInt8(ascii: "-")) }
      let bytes = packed()
      if input.count >= 256, bytes.count * 8 / input.count > 2 {
        if findWords(input, most: 256), firsts.count < 1 << max(1, bytes.count * 8 / input.count - 1) {
          return wordSpec(input, shortest, longest, classes)
        }
      }
      return ColumnSpec(.numbers(text, keep(bytes, compressed: false)), shortest, longest, classes)
    }
    return nil
  }

  /// Reads all values as numbers that are written in the same way; false when one is not.
  private func parse(_ input: ColumnInput, _ text: NumberText) -> Bool {
    numbers.resize(to: input.count)
    let out = numbers.base
    return text.withParser { parser in
      var place = 0
      for index in 0..<input.count {
        let end = Int(input.ends[index])
        guard let number = parser.parse(input.bytes + place, end &- place) else { return false }
        out[index] = number
        place = end
      }
      return true
    }
  }

  private func packed() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 3)
    PackedNumbers.put(numbers.all, to: &bytes)
    return bytes
  }

  private mutating func addresses(_ input: ColumnInput, _ shortest: Int, _ longest: Int) -> ColumnSpec? {
    numbers.resize(to: input.count)
    for index in 0..<input.count {
      let (start, count) = input.text(index)
      guard let address = AddressText.parse(start, count) else { return nil }
      numbers.base[index] = Int64(address)
    }
    return ColumnSpec(
      .addresses(keep(packed(), compressed: false)), shortest, longest, ByteClasses.digits | ByteClasses.bit(UInt8(ascii: ".")))
  }

  // MARK: Texts

  /// Finds the different values, when there are not more than `most`: `firsts` has where each is first, `numbers` which one each event has.
  private func findWords(_ input: ColumnInput, most: Int) -> Bool {
    if most < 2 { return false }
    var slots = 16
    while slots < 2 * most { slots *= 2 }
    table.resize(to: slots)
    firsts.resize(to: most)
    numbers.resize(to: input.count)
    let (table, firsts, numbers, bytes) = (table.base, firsts.base, numbers.base, input.bytes)
    table.update(repeating: -1, count: slots)
    var (found, place) = (0, 0)
    for index in 0..<input.count {
      let end = Int(input.ends[index])
      let size = end &- place
      var slot = Int(truncatingIfNeeded: StoredHash.hashAhead(bytes + place, size)) & (slots &- 1)
      while table[slot] >= 0 {
        let first = firsts[Int(table[slot])]
        if Int(first & 0xFFFF_FFFF) == size, EightBytes.areSame(bytes + Int(first >> 32), bytes + place, size) { break }
        slot = (slot &+ 1) & (slots &- 1)
      }
      if table[slot] < 0 {
        if found == most { return false }
        table[slot] = Int32(truncatingIfNeeded: found)
        firsts[found] = UInt64(place) << 32 | UInt64(size)
        found &+= 1
      }
      numbers[index] = Int64(table[slot])
      place = end
    }
    self.firsts.resize(to: found)
    return true
  }

  /// - Parameter classes: nil when they are still to be found.
  private mutating func wordSpec(_ input: ColumnInput, _ shortest: Int, _ longest: Int, _ classes: UInt64?) -> ColumnSpec {
    var (bytes, found) = ([UInt8](), UInt64(0))
    for first in firsts.all {
      let word = UnsafeRawBufferPointer(start: input.bytes + Int(first >> 32), count: Int(first & 0xFFFF_FFFF))
      bytes.put(varint: word.count)
      bytes.append(contentsOf: word)
      found |= ByteClasses.all(in: word)
    }
    let numbers = packed()
    return ColumnSpec(
      .words(firsts.count, words: keep(bytes, compressed: true), numbers: keep(numbers, compressed: false)), shortest, longest,
      classes ?? found)
  }

  private mutating func hexadecimal(_ input: ColumnInput, _ length: Int, _ classes: UInt64) -> ColumnSpec {
    let half = input.count * length / 2
    let bytes = [UInt8](unsafeUninitializedCapacity: half) { buffer, filled in
      guard let out = buffer.baseAddress else { return }
      for place in 0..<half { out[place] = Self.nibble(input.bytes[2 &* place]) << 4 | Self.nibble(input.bytes[2 &* place &+ 1]) }
      filled = half
    }
    var spec = ColumnSpec(.hexadecimal(length / 2, keep(bytes, compressed: false)), length, length, classes)
    spec.bloom = bloom(input)
    return spec
  }

  /// What a lowercase hexadecimal digit stands for.
  @inline(__always)
  private static func nibble(_ digit: UInt8) -> UInt8 { (digit & 15) &+ (digit >> 6) &* 9 }

  private mutating func texts(_ input: ColumnInput, _ shortest: Int, _ longest: Int, _ classes: UInt64) -> ColumnSpec {
    numbers.resize(to: input.count)
    var last: UInt32 = 0
    for index in 0..<input.count {
      numbers.base[index] = Int64(input.ends[index] &- last)
      last = input.ends[index]
    }
    let lengths = keep(packed(), compressed: false)
    let isLong = input.all.count > 400 * input.count
    var spec = ColumnSpec(.texts(lengths: lengths, bytes: keep(input.all, compressed: true)), shortest, longest, classes)
    if shortest >= 4, !isLong { spec.bloom = bloom(input) }
    return spec
  }

  private mutating func bloom(_ input: ColumnInput) -> ColumnPart? {
    if input.count < 64 { return nil }
    hashes.resize(to: input.count)
    for index in 0..<input.count {
      let (start, count) = input.text(index)
      hashes.base[index] = StoredHash.hashAhead(start, count)
    }
    return keep(ColumnBloom.make(hashes.all), compressed: false)
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
