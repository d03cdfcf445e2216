import ScheduleExpression
import Time

// next() per second for common and rare expressions. Usage: bench-schedule [seconds per expression, 0.3]
let seconds = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 0.3
let from = Timestamp(seconds: 1_782_864_000)

/// An expression, the zone it is asked for in, and what it stands for.
struct Workload {
  let name: String
  let expression: String
  var zone = "Europe/Brussels"
}

let workloads = [
  Workload(name: "every minute, UTC", expression: "cron(* * * * ? *)", zone: "UTC"),
  Workload(name: "every minute", expression: "cron(* * * * ? *)"),
  Workload(name: "every 10 minutes", expression: "cron(0/10 * * * ? *)"),
  Workload(name: "daily, UTC", expression: "cron(0 2 * * ? *)", zone: "UTC"),
  Workload(name: "daily", expression: "cron(0 2 * * ? *)"),
  Workload(name: "working days", expression: "cron(30 9 ? * MON-FRI *)", zone: "America/New_York"),
  Workload(name: "month's last weekday", expression: "cron(0 18 LW * ? *)"),
  Workload(name: "third Friday", expression: "cron(0 9 ? * 6#3 *)"),
  Workload(name: "29 February", expression: "cron(0 0 29 2 ? *)"),
  Workload(name: "29 February a Monday", expression: "cron(0 0 ? 2 2#5 *)"),
  Workload(name: "never (31 February)", expression: "cron(0 0 31 2 ? *)"),
  Workload(name: "rate", expression: "rate(5 minutes)"),
  Workload(name: "at", expression: "at(2150-07-01T09:30:00)"),
]

let clock = ContinuousClock()

func measure(_ turn: () -> Void) -> Double {
  var turns = 0
  let start = clock.now
  var elapsed = 0.0
  while elapsed < seconds {
    for _ in 0..<20 { turn() }
    turns += 20
    elapsed = (clock.now - start).secondsAsDouble
  }
  return Double(turns) / elapsed
}

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

print(padded("expression", 26) + padded("next/s", 14) + padded("previous/s", 14) + padded("read/s", 12) + "instants found")
for workload in workloads {
  let expression = try ScheduleExpression(workload.expression, dialect: .scheduler)
  let zone = try Zone(identifier: workload.zone)
  var found = 0
  var at = from
  let next = measure {
    // On from the last, as a schedule's timer goes, and again from the start after the last.
    if let next = expression.next(after: at, in: zone, anchor: from) {
      at = next
      found += 1
    } else {
      at = from
    }
  }
  at = from
  let previous = measure {
    if let previous = expression.previous(before: at, in: zone, anchor: Timestamp(seconds: 0)) { at = previous } else { at = from }
  }
  let read = measure { if (try? ScheduleExpression(workload.expression, dialect: .scheduler)) == nil { found -= 1 } }
  print(
    padded(workload.name, 26) + padded("\(Int(next))", 14) + padded("\(Int(previous))", 14) + padded("\(Int(read))", 12) + "\(found)")
}
