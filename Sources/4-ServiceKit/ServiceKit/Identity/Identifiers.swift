import Synchronization
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where random identifiers come from, so that tests can have the same ones each time.
package final class Identifiers: Sendable {
  private let generator: Mutex<(any RandomNumberGenerator & Sendable)>

  package init(_ generator: any RandomNumberGenerator & Sendable = KernelRandom()) {
    self.generator = Mutex(generator)
  }

  /// A generator that repeats itself for the same seed (SplitMix64).
  package convenience init(seed: UInt64) { self.init(SplitMix(state: seed)) }

  package func random() -> UInt64 { generator.withLock { $0.next() } }

  /// A number in 0..<bound; 0 for a bound of 0.
  package func random(below bound: UInt64) -> UInt64 { bound == 0 ? 0 : generator.withLock { $0.next(upperBound: bound) } }

  /// Lower-case hexadecimal digits.
  package func hex(_ count: Int) -> String {
    var text = ""
    while text.utf8.count < count {
      let digits = String(random(), radix: 16)
      text += String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    return String(text.prefix(count))
  }

  /// A random UUID (version 4), in lower case.
  package func uuid() -> String {
    let (first, second) = generator.withLock { ($0.next(), $0.next()) }
    return Self.text(first & 0xFFFF_FFFF_FFFF_0FFF | 0x4000, second)
  }

  /// A UUID that leads with its time (version 7), in lower case: those made one after the other lie beside each other in the store.
  package func uuid(at time: Timestamp) -> String {
    let (first, second) = generator.withLock { ($0.next(), $0.next()) }
    return Self.text(UInt64(bitPattern: time.milliseconds) << 16 | first & 0x0FFF | 0x7000, second)
  }

  private static func text(_ high: UInt64, _ second: UInt64) -> String {
    let low = second & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return String(unsafeUninitializedCapacity: 36) { text in
      var position = 0
      for (number, word) in [high, low].enumerated() {
        for digit in 0..<16 {
          // After 8, 12 and 16 digits of the first word and 4 of the second.
          if number == 0 ? digit == 8 || digit == 12 : digit == 0 || digit == 4 {
            text[position] = UInt8(ascii: "-")
            position += 1
          }
          let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 0xF
          text[position] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
          position += 1
        }
      }
      return position
    }
  }

  /// A secret of 40 letters and digits, as secret access keys have.
  package func secret() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<40).map { _ in letters[Int(random(below: 62))] })
  }

  /// Letters and digits in upper case, as access keys and role ids have them.
  package func upper(_ count: Int) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return String((0..<count).map { _ in letters[Int(random(below: 32))] })
  }
}

/// The system's random numbers, sixty-four at a time: asking for each by itself costs a call of the kernel.
private struct KernelRandom: RandomNumberGenerator, Sendable {
  private static let source = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
  private var numbers: [UInt64] = []
  private var system = SystemRandomNumberGenerator()

  mutating func next() -> UInt64 {
    if numbers.isEmpty { fill() }
    return numbers.popLast() ?? system.next()
  }

  private mutating func fill() {
    var filled = [UInt64](repeating: 0, count: 64)
    let count = filled.withUnsafeMutableBytes { read(Self.source, $0.baseAddress, $0.count) }
    // Where there is no such file they are asked for one by one.
    if count == filled.count * MemoryLayout<UInt64>.size { numbers = filled }
  }
}

/// SplitMix64. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
package struct SplitMix: RandomNumberGenerator, Sendable {
  var state: UInt64
  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
