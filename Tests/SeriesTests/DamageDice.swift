import Foundation

/// Damages files of a folder at random, the same way for the same seed.
struct DamageDice {
  var random: Seeded

  /// How many rounds the tests of damage go; MARTLET_DAMAGE_ROUNDS for more.
  static let rounds = UInt64(ProcessInfo.processInfo.environment["MARTLET_DAMAGE_ROUNDS"] ?? "") ?? 30

  /// Changes one to five files. Answers what it did, for the one who has to find out.
  mutating func damage(_ scratch: Scratch) throws -> [String] {
    var done: [String] = []
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let names = scratch.files().filter { $0.value > 0 && $0.key != "lock" }.keys.sorted()
      guard let name = names.randomElement(using: &random) else { break }
      let url = URL(fileURLWithPath: "\(scratch.path)/\(name)")
      var bytes = try Data(contentsOf: url)
      done.append("\(name): \(change(&bytes))")
      try bytes.write(to: url)
    }
    return done
  }

  private mutating func change(_ bytes: inout Data) -> String {
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
    switch Int.random(in: 0..<10, using: &random) {
    case 0:
      for place in place..<end { bytes[place] = 0 }
      return "zeros from \(place) to \(end) of \(bytes.count)"
    case 1:
      for place in place..<end { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      return "noise from \(place) to \(end) of \(bytes.count)"
    case 2:
      // Where a file says what it is.
      let place = min(place % 28, bytes.count - 1)
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      return "byte \(place)"
    default:
      let bit = UInt8(1 << Int.random(in: 0..<8, using: &random))
      bytes[place] ^= bit
      return "bit \(bit) of byte \(place) of \(bytes.count)"
    }
  }
}

/// Whether all elements are among the others, in the same order.
func isPart<Element: Equatable>(_ part: [Element], of whole: [Element]) -> Bool {
  var place = 0
  for element in part {
    while place < whole.count, whole[place] != element { place += 1 }
    if place == whole.count { return false }
    place += 1
  }
  return true
}
