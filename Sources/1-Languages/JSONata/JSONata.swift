import JSON

/// A compiled JSONata expression, which can be evaluated as often as wanted and on any thread.
///
///     let names = try JSONata("orders[total > 100].customer.name")
///     let result = try names.evaluate(document)
///
/// The language is that of the reference implementation's version 2.2, or the one of Step Functions, see `Profile`.
/// Source: https://docs.jsonata.org and the reference implementation, jsonata-js.
///
/// Differs: numbers are doubles as there, but what is only passed on from the input stays exact inside objects and arrays. Half a
/// surrogate pair, which no Swift string can hold, is U+FFFD. Characters of regular expressions are Unicode scalars.
public struct JSONata: Sendable {
  /// The expression as it was written.
  public let expression: String
  private let program: Program

  /// Compiles an expression. Throws codes `S....` for what is wrong in it, with the position and the token.
  public init(_ expression: String, profile: Profile = .current) throws(JSONataError) {
    self.expression = expression
    program = try Program.compile(expression, profile)
  }

  /// Variables that the expression uses and nothing in it assigns, by their names without `$`, in alphabetical order; functions of
  /// the language are none.
  public var variables: [String] { program.variables }

  /// The value of the expression for an input, nil when there is none.
  ///
  /// - Parameters:
  ///   - input: what `$` and names refer to; nil for nothing.
  ///   - bindings: variables by their names without `$`.
  ///   - sources: where time, random numbers and the like come from. Without them time stands still at the epoch.
  ///   - limits: what the evaluation may use.
  /// - Throws: codes `T....` for values of wrong types, `D....` for what cannot be evaluated, `U1001` when a limit is exceeded.
  public func evaluate(
    _ input: JSONValue?, bindings: [String: JSONValue] = [:], sources: Sources = .still, limits: Limits = .init()
  ) throws(JSONataError) -> JSONValue? {
    try program.evaluate(input, bindings, sources, limits)
  }
}

extension JSONata {
  /// Which language it is.
  public enum Profile: Hashable, Sendable {
    /// The reference implementation's version 2.2.
    case current
    /// Version 2.0.6 as Step Functions has it: without `$eval`, with `$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid` and
    /// `$parse`.
    ///
    /// These cases of the official suite have other outcomes than in `current`: all of `coalescing-operator` and
    /// `default-operator`, for the operators `??` and `?:` came with 2.1 (`S0211`), and all of `function-eval` (`T1006`).
    /// Where a later version corrects what 2.0.6 gets wrong without meaning to, the correction is served here too:
    /// `function-formatNumber/issue785.json` (an endless loop) and `issue786.json` (a crash), `function-tomillis/parseDateTime.json`
    /// (fractions of a second of more than three digits), `function-string/case030.json` (integers of 16 digits).
    case stepFunctions
  }

  /// What an evaluation may use. Exceeding it throws `U1001`.
  public struct Limits: Sendable {
    /// Nested evaluations as the reference implementation counts them; calls in tail position do not nest. Nil for as many as
    /// 256 MB of stack allow.
    public var depth: Int?
    /// Steps of work: items visited, functions called.
    public var steps: Int?
    /// Values made altogether; strings count by their size. A value takes about 24 bytes.
    public var values = 100_000_000
    /// Asked every few thousand steps whether to stop, for a limit of time.
    public var isExpired: (@Sendable () -> Bool)?

    public init(depth: Int? = nil, steps: Int? = nil, values: Int = 100_000_000, isExpired: (@Sendable () -> Bool)? = nil) {
      self.depth = depth
      self.steps = steps
      self.values = values
      self.isExpired = isExpired
    }

    /// Arrays and objects in each other that an expression makes.
    static let deepestValue: Int32 = 1_000
    /// Functions that hold each other.
    static let deepestFunction: Int32 = 2_000
    /// Bytes of a string.
    static let longestText = 256 << 20
  }

  /// An algorithm of `$hash`.
  public enum HashAlgorithm: String, Sendable, CaseIterable {
    case md5 = "MD5"
    case sha1 = "SHA-1"
    case sha256 = "SHA-256"
    case sha384 = "SHA-384"
    case sha512 = "SHA-512"
  }

  /// Where an evaluation gets what is not in its input.
  public final class Sources: Sendable {
    /// Milliseconds since the epoch; asked at most once in an evaluation.
    let now: @Sendable () -> Double
    /// A number from 0 up to 1.
    let random: @Sendable () -> Double
    /// A new UUID.
    let uuid: @Sendable () -> String
    /// The digest of the bytes.
    let digest: @Sendable ([UInt8], HashAlgorithm) -> [UInt8]

    public init(
      now: @escaping @Sendable () -> Double, random: @escaping @Sendable () -> Double,
      uuid: @escaping @Sendable () -> String = { "00000000-0000-4000-8000-000000000000" },
      digest: @escaping @Sendable ([UInt8], HashAlgorithm) -> [UInt8] = { _, _ in [] }
    ) {
      self.now = now
      self.random = random
      self.uuid = uuid
      self.digest = digest
    }

    /// The epoch, one half, and a UUID of zeros.
    public static let still = Sources(now: { 0 }, random: { 0.5 })
  }

  /// Nesting up to which the stack of any thread is enough.
  static let shallow = 100
  /// The deepest nesting of an expression.
  static let deepest = 5_000
}
