import Foundation
import LogsInsights
import Series
import Time

struct Question {
  var name: String
  var query: String
  /// The planted answer: the first value of the first row, or how many rows there are.
  var answer: Int?
  var isValue = true
  var times: Range<Int64> = 0..<1 << 50
}

struct Summary: Decodable {
  var bytes, oom, timeout4, http500slow, text_step, error_streams, one_pct_error: Int
  var one_pct_from, one_pct_to: Int64
}

func questions(_ summary: Summary) -> [Question] {
  let part = summary.one_pct_from..<summary.one_pct_to
  return [
    Question(name: "q01_substring", query: "filter @message like 'CUDA out of memory' | stats count(*)", answer: summary.oom),
    Question(name: "q02_regex", query: #"filter @message like /timeout after \d{4,}ms/ | stats count(*)"#, answer: summary.timeout4),
    Question(name: "q03_json_filter", query: "filter status = 500 and duration_ms > 100 | stats count(*)", answer: summary.http500slow),
    Question(name: "q04_count_bin5m", query: "stats count(*) by bin(5m)", answer: 72, isValue: false),
    Question(
      name: "q05_top20", query: "filter ispresent(path) | stats count(*) as n by path | sort n desc | limit 20", answer: 20, isValue: false),
    Question(
      name: "q06_parse_stats",
      query: "parse @message 'loss=* grad_norm=* throughput=* tok/s' as l, g, v | filter ispresent(v) | stats count(*), avg(v), pct(v, 99)",
      answer: summary.text_step),
    Question(
      name: "q07_dedup",
      query: "fields @timestamp, @logStream, @message | filter level = 'error' | sort @timestamp desc | dedup @logStream | limit 1000",
      answer: summary.error_streams, isValue: false),
    Question(
      name: "q08_time_1pct", query: "filter @message like 'ERROR' | stats count(*)", answer: summary.one_pct_error, times: part),
    Question(name: "q09_needle", query: "filter @message like 'needle-7f3a9c51e2d84b60' | stats count(*)", answer: 1),
    Question(
      name: "q10_latest100", query: "fields @timestamp, @logStream, @message | sort @timestamp desc | limit 100", answer: 100,
      isValue: false),
    Question(
      name: "q10b_latest100_stream",
      query: "fields @timestamp, @message | filter @logStream = 'job-0042/rank-1' | sort @timestamp desc | limit 100", answer: 100,
      isValue: false),
    Question(name: "q11_pattern", query: "pattern @message | sort @sampleCount desc | limit 20", answer: 20, isValue: false),
    Question(name: "q12_json_stats", query: "stats avg(loss), max(tokens_per_s), count_distinct(job) by level"),
  ]
}

/// Asks each question four times; CPU milliseconds of the best of the last three, and what they would be for 2 GB.
func ask(_ data: String, _ store: String, _ only: [String]) async throws {
  let summary = try JSONDecoder().decode(Summary.self, from: Data(contentsOf: URL(filePath: data + "/summary.json")))
  let opening = wall()
  let engine = try LogEngine(directory: store, clock: SystemClock())
  print(String(format: "opened in %.1f ms", (wall() - opening) * 1e3))
  print("question                    CPU ms    first     wall   answer")
  for question in questions(summary) where only.isEmpty || only.contains(where: question.name.hasPrefix) {
    let plan = try Plan(question.query, PlanOptions(now: Timestamp(seconds: 1_767_700_000)))
    var (best, first, took, rows) = (Double.infinity, 0.0, 0.0, [[ResultField]]())
    for round in 0..<4 {
      let (before, start) = (cpu(), wall())
      let query = try engine.query(
        plan: plan, groups: [LogQueryGroup(group: group, log: "123456789012:jobs")], from: question.times.lowerBound,
        to: question.times.upperBound)
      rows = try await query.results().rows
      let used = cpu() - before
      if round == 0 { first = used } else if used < best { (best, took) = (used, wall() - start) }
      for fault in query.progress.faults { print(fault.message) }
    }
    let found = question.isValue ? Int(rows.first?.first?.value ?? "") ?? -1 : rows.count
    let verdict = question.answer.map { $0 == found ? "\(found) as planted" : "\(found), BUT \($0) WERE PLANTED" } ?? "\(found)"
    print(
      question.name.padding(toLength: 24, withPad: " ", startingAt: 0),
      String(format: "%9.1f %8.1f %8.1f  ", best * 1e3, first * 1e3, took * 1e3), verdict)
  }
  await engine.close()
}
