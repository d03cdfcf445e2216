import FoundationEssentials
import JSON
import Logs
import Series
import ServiceKit
import TestKit
import Time

/// The Logs room with an engine in a folder of its own.
struct LoggedHouse {
  let house: TestHouse
  let folder: String

  init() async throws {
    folder = "/tmp/martlet-logs-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    house = try TestHouse()
    let engine = try LogEngine(directory: folder, clock: house.clock)
    try await house.open { Logs($0, engine: engine) }
  }
}
