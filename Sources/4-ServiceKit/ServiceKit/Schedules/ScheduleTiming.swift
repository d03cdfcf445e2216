import JSON
import ScheduleExpression
import Time

/// When a schedule or a scheduled rule fires: everything its instants depend on, as it can be stored.
package struct ScheduleTiming: Codable, Sendable, Equatable {
  package var expression: String
  /// Whether the expression is a rule's, which knows no `at`.
  package var isRule: Bool
  package var zone: String
  package var start: Timestamp?
  package var end: Timestamp?
  /// What rates count from.
  package var anchor: Timestamp

  package init(
    _ expression: String, isRule: Bool, zone: String = "UTC", start: Timestamp? = nil, end: Timestamp? = nil, anchor: Timestamp
  ) {
    self.expression = expression
    self.isRule = isRule
    self.zone = zone
    self.start = start
    self.end = end
    self.anchor = anchor
  }
}

/// A timing made ready to be asked for instants.
package struct ScheduleCalendar: Sendable {
  package let expression: ScheduleExpression
  package let zone: Zone
  package let start: Timestamp?
  package let end: Timestamp?
  package let anchor: Timestamp

  /// Throws the ValidationException AWS gives for the expression or the zone.
  ///
  /// - Parameter precision: what is stored has been checked before, so that the finest is right for it.
  package init(_ timing: ScheduleTiming, precision: ScheduleExpression.Precision = .seconds) throws {
    do throws(ScheduleExpressionError) {
      expression = try ScheduleExpression(timing.expression, dialect: timing.isRule ? .rule : .scheduler, precision: precision)
    } catch { throw Fault.validation(error.message) }
    guard let zone = try? Zone(identifier: timing.zone) else {
      throw Fault.validation("The ScheduleExpressionTimezone \(timing.zone) provided is not valid.")
    }
    self.zone = zone
    start = timing.start
    end = timing.end
    anchor = timing.anchor
  }

  private init(_ expression: ScheduleExpression, _ zone: Zone, anchor: Timestamp) {
    self.expression = expression
    self.zone = zone
    start = nil
    end = nil
    self.anchor = anchor
  }

  /// The same without start and end, and with a rate followed back to the instant: what a backfill goes by.
  package func unbounded(from instant: Timestamp) -> ScheduleCalendar {
    ScheduleCalendar(expression, zone, anchor: expression.anchor(anchor, reaching: instant))
  }

  /// The first due instant after the given one; nil when there is none more.
  package func next(after instant: Timestamp) -> Timestamp? {
    expression.next(after: instant, in: zone, start: start, end: end, anchor: anchor)
  }

  /// The last due instant before the given one; nil when there is none.
  package func previous(before instant: Timestamp) -> Timestamp? {
    expression.previous(before: instant, in: zone, start: start, end: end, anchor: anchor)
  }

  /// How many instants are due from the first (inclusive) to the last (exclusive).
  package func count(from first: Timestamp, to last: Timestamp) -> Int {
    expression.count(from: first, to: last, in: zone, start: start, end: end, anchor: anchor)
  }
}
