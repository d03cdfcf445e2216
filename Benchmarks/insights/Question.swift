import Foundation
import LogsInsights
import Time

struct Question {
  var name: String
  var query: String
  var times: Range<Int64>?

  static let hour: Int64 = 1_767_600_000_000
  static let all: [Question] = [
    Question(name: "q01_substring", query: "filter @message like 'CUDA out of memory' | stats count(*)"),
    Question(name: "q02_regex", query: #"filter @message like /timeout after \d{4,}ms/ | stats count(*)"#),
    Question(name: "q02b_regex_no_literal", query: #"filter @message like /[0-9]{7}\.[0-9]s/ | stats count(*)"#),
    Question(name: "q03_json_filter", query: "filter status = 500 and duration_ms > 100 | stats count(*)"),
    Question(name: "q04_count_bin5m", query: "stats count(*) by bin(5m)"),
    Question(name: "q05_top20", query: "filter ispresent(path) | stats count(*) as n by path | sort n desc | limit 20"),
    Question(
      name: "q06_parse_stats",
      query: "parse @message 'loss=* grad_norm=* throughput=* tok/s' as l, g, v | filter ispresent(v) | stats count(*), avg(v), pct(v, 99)"),
    Question(
      name: "q06b_parse_regex",
      query:
        #"parse @message /loss=(?<l>.*?) grad_norm=(?<g>.*?) throughput=(?<v>.*?) tok\/s/ | filter ispresent(v) | stats count(*), avg(v), pct(v, 99)"#
    ),
    Question(
      name: "q07_dedup",
      query: "fields @timestamp, @logStream, @message | filter level = 'error' | sort @timestamp desc | dedup @logStream | limit 1000"),
    Question(name: "q08_time_1pct", query: "filter @message like 'ERROR' | stats count(*)", times: 1_767_608_640_000..<1_767_608_856_000),
    Question(name: "q09_needle", query: "filter @message like 'needle-7f3a9c51e2d84b60' | stats count(*)"),
    Question(name: "q10_latest100", query: "fields @timestamp, @logStream, @message | sort @timestamp desc | limit 100"),
    Question(
      name: "q10b_latest100_stream",
      query: "fields @timestamp, @message | filter @logStream = 'job-0042/rank-1' | sort @timestamp desc | limit 100"),
    Question(name: "q11_pattern", query: "pattern @message | sort @sampleCount desc | limit 20"),
    Question(name: "q12_json_stats", query: "stats avg(loss), max(tokens_per_s), count_distinct(job) by level"),
  ]

  func run(_ logs: Logs) throws {
    let plan = try Plan(query, PlanOptions(now: Timestamp(seconds: 1_767_700_000)))
    var best = Double.infinity
    var results: QueryResults?
    for _ in 0..<3 {
      let start = Self.cpu()
      let scan = Scan(plan)
      try logs.give(to: scan, times: times)
      results = try scan.results()
      best = min(best, Self.cpu() - start)
    }
    guard let results else { return }
    let events = results.statistics.recordsScanned
    let first = results.rows.first.map { $0.map(\.value).joined(separator: " ") } ?? ""
    print(
      name.padding(toLength: 22, withPad: " ", startingAt: 0), String(format: "%6d", results.rows.count),
      first.prefix(34).padding(toLength: 34, withPad: " ", startingAt: 0),
      String(format: "%10.0f %10.1f", results.statistics.bytesScanned / best / 1e6, best * 1e9 / events))
  }

  private static func cpu() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
