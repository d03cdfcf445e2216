import Time

/// What a query is compiled with beside its text.
public struct PlanOptions: Sendable {
  /// For `now()`.
  public var now: Timestamp
  /// The time range of the query in milliseconds since 1970; `diff` needs it.
  public var timeRange: Range<Int64>?
  /// How many rows there are without a `limit` command: StartQuery's `limit`, 10,000 without one.
  public var limit = 10_000
  public var lookupTables: [String: LookupTable] = [:]
  public var limits = QueryLimits()

  public init(now: Timestamp, timeRange: Range<Int64>? = nil) {
    self.now = now
    self.timeRange = timeRange
  }
}

/// A compiled query of CloudWatch Logs Insights QL, immutable and shared between threads.
///
/// How a store runs it:
/// 1. `Plan(query, options)` compiles or throws `QueryError` (MalformedQueryException).
/// 2. `source` names log groups (SOURCE), `prefilter` what blocks must have, `needs` which parts of events are read, `newestFirst`
///    whether blocks are best given from the newest, `previousRange` a second time range to read (diff), `unmasks` whether
///    the caller must be allowed to see masked data.
/// 3. Each thread makes a `Scan` and gives it its blocks; `scan.cutoff` tells when older events cannot matter any more.
/// 4. `scan.merge(other)` joins the scans; `scan.results()` are the rows as GetQueryResults has them. It may be called while
///    scanning goes on (between two calls), for partial results.
public final class Plan: Sendable {
  public let source: LogGroupSelection?
  public let prefilter: Prefilter
  public let needs: NeededFields
  /// The order asked for is by time from the newest: a scan from there can stop early.
  public let newestFirst: Bool
  /// Rows are needed at most, when the first stage keeps events; nil when it aggregates.
  public let firstLimit: Int?
  /// Only the number of events and their time and origin matter: no message need be read.
  public var countsOnly: Bool { !needs.message && needs.json.isEmpty }
  /// Neither time nor origin nor place of events matters.
  public let isTimeless: Bool
  /// Besides that, events whose needed fields agree may be given once with their number.
  public let isWeightable: Bool
  /// All that is asked for is how many messages there are of each pattern.
  public let isPatternCount: Bool
  /// Whether every event is part of the result, or nearly so: nothing filters or takes apart.
  public let takesAll: Bool
  /// The first stage keeps events, each with its place.
  public let keepsEvents: Bool
  public let previousRange: Range<Int64>?
  public let unmasks: Bool
  /// Commands of the query that AWS has for log groups of its class STANDARD alone.
  public let standardCommands: [String]
  /// Names of the columns of results, in order.
  public let columns: [String]
  public let limits: QueryLimits

  let stages: [Stage]
  let regexes: [Regex]
  let extractor: FieldExtractor?
  /// Whether results have `@ptr`.
  let hasPointers: Bool
  /// What to look for in the bytes of a block, and whether `\u` escapes may hide it.
  let anchor: Text?
  let anchorMayHide: Bool
  /// Whether group, stream or other fields of the origin are asked for.
  let needsOrigin: Bool
  private let constants: Constants

  public init(_ query: String, _ options: PlanOptions) throws(QueryError) {
    var parser = try Parser(query)
    let parsed = try parser.parse()
    var compiler = Compiler(parser.text, options)
    try compiler.compile(parsed)
    source = parsed.source
    standardCommands = parsed.commands.compactMap(\.standardName)
    prefilter = compiler.prefilter
    stages = compiler.stages
    regexes = compiler.regexes
    extractor = compiler.paths.isEmpty ? nil : FieldExtractor(compiler.paths, compiler.constants)
    var needs = compiler.needs
    needs.json = compiler.paths
    self.needs = needs
    needsOrigin = needs.logStream || needs.log || !needs.attributes.isEmpty
    previousRange = compiler.previousRange
    unmasks = compiler.unmasks
    hasPointers = compiler.isRaw
    columns = compiler.stages.last?.columns ?? []
    limits = options.limits
    constants = compiler.constants
    let first = compiler.stages[0]
    takesAll = first.operations.list.isEmpty
    if case .groups(let groups) = first.collector {
      isTimeless =
        !needs.timestamp && !needs.ingestionTime && !needs.pointer && !needsOrigin && !groups.aggregates.contains { $0.isTimed }
      isWeightable = isTimeless && groups.aggregates.allSatisfy(\.isWeightable)
    } else {
      (isTimeless, isWeightable) = (false, false)
    }
    if case .patterns(let source, _) = first.collector, source is MessageNode {
      isPatternCount = first.operations.list.isEmpty
    } else {
      isPatternCount = false
    }
    if case .rows(let rows) = compiler.stages[0].collector {
      keepsEvents = true
      newestFirst = rows.isNewestFirst
      firstLimit = rows.distinct.isEmpty ? rows.limit : nil
    } else {
      keepsEvents = false
      newestFirst = false
      firstLimit = nil
    }
    let hard = Prefilter.rarest(prefilter.literals)
    let soft = Prefilter.rarest(prefilter.jsonLiterals)
    let isSoft = (soft.map(Prefilter.score) ?? -1) > (hard.map(Prefilter.score) ?? -1)
    anchor = (isSoft ? soft : hard).map(compiler.constants.keep)
    anchorMayHide = isSoft
  }
}
