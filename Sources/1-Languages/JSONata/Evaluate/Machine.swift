import JSON

/// The state of one evaluation.
final class Machine {
  let limits: JSONata.Limits
  let sources: JSONata.Sources
  let profile: JSONata.Profile
  /// `$$`
  let root: Value
  /// Milliseconds since the epoch, the same during the whole evaluation.
  private var timestamp: Double?

  /// Nested evaluations, counted as the reference counts them and only when they are limited.
  let isMetered: Bool
  @exclusivity(unchecked)
  var depth = 0
  private let deepest: Int

  /// Steps until the limits are looked at again.
  @exclusivity(unchecked)
  private var fuel: Int
  private var steps = 0
  @exclusivity(unchecked)
  private var values = 0
  static let fuelling = 4_096

  /// The lowest address the stack may grow down to.
  var stackFloor: UInt
  /// Whether this runs on a stack made for it, beyond which there is none.
  var isOnLargeStack: Bool

  /// A call in tail position, which the caller of the function makes.
  @exclusivity(unchecked)
  var tailCall: CallNode?
  @exclusivity(unchecked)
  var tailFrame: Frame?
  @exclusivity(unchecked)
  var tailInput: Value = .undefined

  /// What such a call gave, when it has been made already.
  var tailValue: Value = .undefined

  private var kept: [Frame] = []
  /// A variable of the caller's has the name of a function.
  var overridesFunctions = false
  /// The scope of the call in progress, in expressions that use `$eval`.
  var callScope: Scope
  var regexRun: RegexRun?

  init(
    _ root: Value, _ limits: JSONata.Limits, _ sources: JSONata.Sources, _ profile: JSONata.Profile, largeStack: Bool, floor: UInt,
    _ scope: Scope
  ) {
    callScope = scope
    self.root = root
    self.limits = limits
    self.sources = sources
    self.profile = profile
    isMetered = limits.depth != nil
    deepest = limits.depth ?? .max
    fuel = Self.fuelling
    isOnLargeStack = largeStack
    stackFloor = floor
  }

  var now: Double {
    if let timestamp { return timestamp }
    let taken = sources.now().rounded(.down)
    timestamp = taken
    return taken
  }

  // MARK: - Limits

  /// Counts a step of work.
  @inline(__always)
  func tick() throws {
    fuel -= 1
    if fuel <= 0 { try refuel() }
  }

  /// Counts that many steps.
  @inline(__always)
  func tick(_ count: Int) throws {
    fuel -= count
    if fuel <= 0 { try refuel() }
  }

  @inline(never)
  private func refuel() throws {
    steps += Self.fuelling - fuel
    fuel = Self.fuelling
    if let most = limits.steps, steps > most { throw Self.exceeded("Expression evaluation took more than \(most) steps") }
    if let isExpired = limits.isExpired, isExpired() { throw Self.exceeded("Expression evaluation timeout: Check for infinite loop") }
  }

  /// Counts values that are made.
  @inline(__always)
  func account(_ count: Int) throws {
    values += count
    if values > limits.values { throw Self.exceeded("Expression evaluation made more than \(limits.values) values") }
  }

  /// Counts a long text as values of the same size.
  @inline(__always)
  func account(text bytes: Int) throws {
    guard bytes >= 1_024 else { return }
    if bytes > JSONata.Limits.longestText { throw Self.exceeded("A string became longer than \(JSONata.Limits.longestText) bytes") }
    try account(bytes / 24)
  }

  /// Looks at the depth of evaluations that nest that much deeper than here.
  @inline(__always)
  func checkDepth(_ more: Int) throws {
    if isMetered, depth + more > deepest { throw Self.stackOverflow }
  }

  static let stackOverflow = exceeded(
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.")
  static let nestedTooDeep = exceeded("Values or functions are nested too deep")

  static func exceeded(_ sentence: String) -> JSONataError { JSONataError("U1001", value: .string(sentence)) }

  /// Keeps the frame in mind, for it may be held by a function that it holds.
  func keep(_ frame: Frame) {
    guard !frame.isKept else { return }
    frame.isKept = true
    kept.append(frame)
  }

  /// Lets go of functions that hold each other.
  func finish() {
    regexRun?.deallocate()
    regexRun = nil
    for frame in kept { frame.clear() }
    kept = []
  }
}
