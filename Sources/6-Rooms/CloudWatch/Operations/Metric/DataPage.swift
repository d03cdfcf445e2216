import MetricMath
import ServiceKit
import Time

/// A page of results: as many points as were asked for, one result after the other.
struct DataPage {
  /// Where the page before ended: in which result, behind which time.
  struct Place {
    var result: Int
    var time: Int64?

    init(result: Int, time: Int64?) {
      self.result = result
      self.time = time
    }

    /// Throws InvalidNextToken.
    init(token: String, _ scope: String, _ seal: TokenSeal) throws(Fault) {
      guard let parts = try? seal.open(parts: token, for: scope), parts.count == 2, let result = Int(parts[0]) else {
        throw Fault("InvalidNextToken", "The service token is invalid: it must be the one the call before answered.")
      }
      self.init(result: result, time: Int64(parts[1]))
    }

    func token(_ scope: String, _ seal: TokenSeal) -> String { seal.seal(["\(result)", time.map { "\($0)" } ?? ""], for: scope) }
  }
  private(set) var series: [GetMetricData.Series] = []
  private(set) var next: Place?

  init(_ results: [DataResult], from first: Place?, isAscending: Bool, most: Int) {
    var left = most
    for (position, result) in results.enumerated() where position >= first?.result ?? 0 {
      let (times, values) = (result.series.times, result.series.values)
      var range = times.indices
      if position == first?.result, let time = first?.time {
        // What arrived meanwhile moves nothing: the page goes on behind a time, not behind a count.
        range =
          isAscending
          ? (times.firstIndex { $0 > time } ?? times.endIndex)..<times.endIndex : 0..<((times.lastIndex { $0 < time } ?? -1) + 1)
      }
      let taken = isAscending ? range.prefix(left) : range.suffix(left)
      let isCut = taken.count < range.count
      left -= taken.count
      series.append(
        GetMetricData.Series(
          result, status: isCut ? .partialData : result.status, times: taken.count == times.count ? times : Array(times[taken]),
          values: taken.count == values.count ? values : Array(values[taken]), isAscending: isAscending))
      if isCut {
        let last = isAscending ? taken.last : taken.first
        next = Place(result: position, time: last.map { times[$0] } ?? (position == first?.result ? first?.time : nil))
        return
      }
      if left == 0, position + 1 < results.count {
        next = Place(result: position + 1, time: nil)
        return
      }
    }
  }
}
