#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Counts different values; mergeable. Exact up to 10,000 (told apart by 64 bits); beyond an estimate by HyperLogLog with 16,384
/// registers, whose standard error is 0.81 %.
final class DistinctCounter {
  private static let exact = 10_000
  private static let bits: UInt64 = 14
  @exclusivity(unchecked) private var hashes: Set<UInt64> = []
  @exclusivity(unchecked) private var registers: [UInt8] = []

  func add(_ hash: UInt64) {
    if registers.isEmpty {
      hashes.insert(hash)
      if hashes.count > Self.exact { spill() }
    } else {
      register(hash)
    }
  }

  private func spill() {
    registers = Array(repeating: 0, count: 1 << Self.bits)
    for hash in hashes { register(hash) }
    hashes = []
  }

  private func register(_ hash: UInt64) {
    let mixed = ValueCoder.mix(hash ^ 0xE703_7ED1_A0B4_28DB)
    let place = Int(mixed >> (64 - Self.bits))
    let rank = UInt8(min(50, (mixed << Self.bits).leadingZeroBitCount) + 1)
    if rank > registers[place] { registers[place] = rank }
  }

  func merge(_ other: DistinctCounter) {
    if other.registers.isEmpty {
      for hash in other.hashes { add(hash) }
      return
    }
    if registers.isEmpty { spill() }
    for (place, rank) in other.registers.enumerated() where rank > registers[place] { registers[place] = rank }
  }

  var count: Int {
    guard !registers.isEmpty else { return hashes.count }
    let m = Double(registers.count)
    var sum = 0.0
    var empty = 0
    for rank in registers {
      sum += 1 / Double(UInt64(1) << UInt64(rank))
      if rank == 0 { empty += 1 }
    }
    let raw = 0.7213 / (1 + 1.079 / m) * m * m / sum
    if raw <= 2.5 * m, empty > 0 { return Int((m * log(m / Double(empty))).rounded()) }
    return Int(raw.rounded())
  }
}
