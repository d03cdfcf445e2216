import Synchronization

/// Where random identifiers come from, so that tests can have the same ones each time.
package final class Identifiers: Sendable {
  private let generator: Mutex<(any RandomNumberGenerator & Sendable)>

  package init(_ generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
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
    let high = random() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = random() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    func pad(_ value: UInt64) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
    let a = pad(high)
    let b = pad(low)
    return "\(a.prefix(8))-\(a.dropFirst(8).prefix(4))-\(a.dropFirst(12))-\(b.prefix(4))-\(b.dropFirst(4))"
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
