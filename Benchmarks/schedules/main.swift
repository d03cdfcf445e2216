import FoundationEssentials
import ServiceKit
import StoreSQLite

// Schedules in a store on disk.
//
//     bench-schedules due [COUNT...]     so many due at one instant, and over one second: how late they
//                                        reach their target
//     bench-schedules create [COUNT] [CLIENTS]
//                                        a server of its own (built beside this program): how fast clients make so many (1,000,000)
//                                        over HTTP, what they cost in memory, how long a restart takes
//     bench-schedules day [COUNT] [SEED] a day of simulated time with so many (100,000), every instant accounted for

let arguments = Array(CommandLine.arguments.dropFirst())
let folder = "/tmp/martlet-bench-schedules"
try? FileManager.default.removeItem(atPath: folder)
defer { try? FileManager.default.removeItem(atPath: folder) }
switch arguments.first {
case "due":
  let house = try await BenchHouse(folder: folder)
  let counts = arguments.dropFirst().compactMap { Int($0) }
  let running = Task { await house.runner.run() }
  for count in counts.isEmpty ? [100, 10_000] : counts {
    for isSpread in [false, true] { try await due(count, isSpread: isSpread, house) }
  }
  running.cancel()
  await running.value
  await house.store.close()
case "create":
  let numbers = arguments.dropFirst().compactMap { Int($0) }
  try await create(numbers.first ?? 1_000_000, clients: numbers.dropFirst().first ?? 32)
case "day": try await day(Array(arguments.dropFirst()))
default:
  print("bench-schedules due [COUNT...] | create [COUNT] [CLIENTS] | day [COUNT] [SEED]")
}
