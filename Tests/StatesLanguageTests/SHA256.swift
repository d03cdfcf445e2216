/// FIPS 180-4, so that recorded digests can be compared without a library.
func sha256(_ message: [UInt8]) -> [UInt8] {
  func root(_ value: Int, _ degree: Double) -> UInt32 {
    let exact = degree == 2 ? Double(value).squareRoot() : cubeRoot(Double(value))
    return UInt32((exact - exact.rounded(.down)) * 4_294_967_296)
  }
  let primes = (2...311).filter { number in !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 } }
  let constants = primes.prefix(64).map { root($0, 3) }
  var digest = primes.prefix(8).map { root($0, 2) }
  var bytes = message + [0x80]
  while bytes.count % 64 != 56 { bytes.append(0) }
  bytes += (0..<8).map { UInt8(truncatingIfNeeded: UInt64(message.count * 8) >> (56 - UInt64($0) * 8)) }
  func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
  for start in stride(from: 0, to: bytes.count, by: 64) {
    var words = (0..<16).map { word in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + word * 4 + $1]) } }
    for i in 16..<64 {
      let a = turned(words[i - 15], 7) ^ turned(words[i - 15], 18) ^ words[i - 15] >> 3
      let b = turned(words[i - 2], 17) ^ turned(words[i - 2], 19) ^ words[i - 2] >> 10
      words.append(words[i - 16] &+ a &+ words[i - 7] &+ b)
    }
    var v = digest
    for i in 0..<64 {
      let e = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)
      let one = v[7] &+ e &+ (v[4] & v[5] ^ ~v[4] & v[6]) &+ constants[i] &+ words[i]
      let a = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)
      let two = a &+ (v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2])
      v = [one &+ two, v[0], v[1], v[2], v[3] &+ one, v[4], v[5], v[6]]
    }
    for i in 0..<8 { digest[i] &+= v[i] }
  }
  return digest.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
}

private func cubeRoot(_ value: Double) -> Double {
  var root = value / 2
  for _ in 0..<100 { root -= (root * root * root - value) / (3 * root * root) }
  return root
}
