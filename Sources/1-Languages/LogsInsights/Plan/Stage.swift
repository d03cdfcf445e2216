/// A part of a plan: steps for each event or row, and what collects those that pass.
struct Stage: Sendable {
  enum Collector: @unchecked Sendable {
    // The nodes in it are immutable.
    case rows(RowSink.Plan)
    case groups(AggregateSink.Plan)
    case patterns(Node, PatternSink.Period?)
  }
  var operations: RowOperations
  var collector: Collector
  /// Slots a frame of the stage has.
  var slots: Int
  /// Names of the columns of the rows it makes.
  var columns: [String]

  func makeSink(_ plan: Plan, _ limits: QueryLimits) -> Sink {
    switch collector {
    case .rows(let rows): RowSink(rows, memory: limits.memory)
    case .groups(let groups): AggregateSink(groups, limits, plan.regexes)
    case .patterns(let source, let period): PatternSink(source, period, limits)
    }
  }
}
