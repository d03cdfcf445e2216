import BenchServer
import Foundation
import JSON
import ServiceKit
import Time

/// So many schedules made over the API by so many clients; then what they cost in memory, and a restart after `kill -9`.
func create(_ count: Int, clients: Int) async throws {
  let folder = "/tmp/martlet-bench-schedules-server"
  try? FileManager.default.removeItem(atPath: folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let server = ServerProcess(folder: folder, port: 45_661)
  let cold = try await server.start()
  let before = server.usage
  let target: JSONValue = [
    "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": "arn:aws:iam::000000000000:role/bench",
    "Input": #"{"QueueUrl":"http://127.0.0.1:4566/000000000000/bench","MessageBody":"due"}"#,
  ]
  // Signed some thousands at a time, so that the signing takes nothing from the server and the requests no memory to speak of.
  let round = 20_000
  var took = 0.0
  for first in stride(from: 0, to: count, by: round) {
    let requests = (first..<min(count, first + round)).map { number in
      // Spread over the days of a year, so that nothing is due while this runs.
      let (month, day) = (number % 12 + 1, number % 28 + 1)
      return server.request(
        "scheduler", "POST", "/schedules/s\(number)",
        [
          "ScheduleExpression": .string("cron(\(number % 60) \(number % 24) \(day) \(month) ? 2099)"),
          "FlexibleTimeWindow": ["Mode": "OFF"], "Target": target,
        ])
    }
    took += try await server.load(requests, clients: clients).seconds
  }
  let after = server.usage
  server.kill()
  let again = try await server.start()
  print(
    "\(count) schedules by \(clients) clients over HTTP: \(Int(Double(count) / took))/s, \(Int((after.cpu - before.cpu) / Double(count) * 1e6)) us of the server's CPU each; memory \(Int(before.megabytes)) MB before, \(Int(after.megabytes)) MB after, \(Int(server.usage.megabytes)) MB after a restart; first answer \(Int(cold * 1_000)) ms after an empty start, \(Int(again * 1_000)) ms after kill -9"
  )
  try await server.close()
}
