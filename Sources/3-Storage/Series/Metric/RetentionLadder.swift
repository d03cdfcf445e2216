/// How finely samples are kept, by their age.
///
/// Whole days move at a time, counted from their end, so that fine samples stay a little longer than said.
package struct RetentionLadder: Hashable, Sendable {
  package struct Rung: Hashable, Sendable {
    /// Seconds that samples are kept apart.
    package let resolution: Int
    /// Seconds that they are kept so.
    package let age: Int64
    package init(resolution: Int, age: Int64) { (self.resolution, self.age) = (resolution, age) }
  }
  /// From the finest to the coarsest.
  package let rungs: [Rung]

  /// 1 s for 3 hours, 1 min for 15 days, 5 min for 63 days, 1 h for 455 days. Source: Amazon CloudWatch User Guide, "Metrics retention".
  package static let aws = RetentionLadder(trusted: [
    Rung(resolution: 1, age: 3 * 3_600), Rung(resolution: 60, age: 15 * 86_400), Rung(resolution: 300, age: 63 * 86_400),
    Rung(resolution: 3_600, age: 455 * 86_400),
  ])

  private init(trusted: [Rung]) { rungs = trusted }

  /// Throws unless each rung is coarser than the one before by a whole factor, keeps its samples longer, and divides a day.
  package init(_ rungs: [Rung]) throws(SeriesFault) {
    guard let first = rungs.first else { throw SeriesFault("A retention ladder needs a rung, such as 1s:3h.") }
    guard rungs.count <= 16 else { throw SeriesFault("A retention ladder has no more than 16 rungs.") }
    var before = Rung(resolution: 1, age: 0)
    for rung in rungs {
      guard rung.resolution >= 1, 86_400 % rung.resolution == 0 else {
        throw SeriesFault("The resolution of a rung must divide a day; \(rung.resolution) s does not.")
      }
      guard rung.age >= 60, rung.age <= 100 * 366 * 86_400 else {
        throw SeriesFault("A rung keeps samples between a minute and 100 years, not \(rung.age) s.")
      }
      guard rung.resolution % before.resolution == 0, rung == first || rung.resolution > before.resolution, rung.age > before.age else {
        throw SeriesFault("Each rung must be coarser than the one before, by a whole factor, and keep its samples longer.")
      }
      before = rung
    }
    self.rungs = rungs
  }

  /// Reads "1s:3h,1m:15d,5m:63d,1h:455d": what is kept apart, and for how long. Units are s, m, h and d.
  package init(_ text: String) throws(SeriesFault) {
    var rungs: [Rung] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pair = part.split(separator: ":", omittingEmptySubsequences: false).map { Self.seconds($0.filter { $0 != " " }) }
      guard pair.count == 2, let resolution = pair[0], let age = pair[1] else {
        throw SeriesFault("'\(part)' is no rung of a retention ladder: it must be like 1m:15d.")
      }
      rungs.append(Rung(resolution: Int(resolution), age: age))
    }
    try self.init(rungs)
  }

  private static func seconds(_ text: String) -> Int64? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()), count > 0 else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? nil : product
  }

  package var text: String {
    func short(_ seconds: Int64) -> String {
      for (unit, size) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)] where seconds % size == 0 {
        return "\(seconds / size)\(unit)"
      }
      return "\(seconds)s"
    }
    return rungs.map { "\(short(Int64($0.resolution))):\(short($0.age))" }.joined(separator: ",")
  }

  /// Seconds that the oldest samples are kept.
  package var kept: Int64 { rungs.last?.age ?? 0 }

  /// Seconds that samples of a day are kept apart whose end is so many seconds ago.
  func resolution(age: Int64) -> Int64 {
    Int64((rungs.first { age < $0.age } ?? rungs.last)?.resolution ?? 1)
  }
}
