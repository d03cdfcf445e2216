/// Events per CPU second of other matchers on the same workloads, measured once on a slower machine (a shared two-core AMD EPYC
/// virtual machine, November 2026) by the project that publishes the workloads: so a ratio to them shows more than the matchers' difference.
struct Peer {
  /// event-ruler 1.x, AWS's own matcher, in Java.
  let eventRuler: Double
  /// quamina, in Go; nil where it refuses some of the operators, or the workload has rules it refuses.
  let quamina: Double?

  static let figures: [String: Peer] = [
    "cat_exact": Peer(eventRuler: 375_647, quamina: 2_727_327),
    "cat_wildcard": Peer(eventRuler: 284_165, quamina: 2_089_659),
    "cat_prefix": Peer(eventRuler: 384_587, quamina: 2_068_222),
    "cat_prefix_ic": Peer(eventRuler: 371_751, quamina: nil),
    "cat_suffix": Peer(eventRuler: 376_482, quamina: nil),
    "cat_suffix_ic": Peer(eventRuler: 358_642, quamina: nil),
    "cat_equals_ic": Peer(eventRuler: 341_471, quamina: 1_656_243),
    "cat_numeric": Peer(eventRuler: 225_291, quamina: nil),
    "cat_anything_but": Peer(eventRuler: 244_470, quamina: 623_978),
    "cat_anything_but_ic": Peer(eventRuler: 232_155, quamina: nil),
    "cat_anything_but_prefix": Peer(eventRuler: 235_085, quamina: nil),
    "cat_anything_but_suffix": Peer(eventRuler: 238_201, quamina: nil),
    "cat_anything_but_wildcard": Peer(eventRuler: 217_951, quamina: nil),
    "cat_complex_arrays": Peer(eventRuler: 76_062, quamina: nil),
    "mixed2k": Peer(eventRuler: 35_954, quamina: nil),
    "mixed2k_basic": Peer(eventRuler: 103_823, quamina: 68_559),
    "ops1k": Peer(eventRuler: 26_046, quamina: nil),
    "ops1k_basic": Peer(eventRuler: 48_604, quamina: 61_890),
    "exact100": Peer(eventRuler: 587_757, quamina: 1_603_609),
    "exact10000": Peer(eventRuler: 387_324, quamina: 775_502),
    "exact100000": Peer(eventRuler: 227_377, quamina: 229_706),
  ]
}
