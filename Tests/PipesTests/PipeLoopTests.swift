import JSON
import Pipes
import ServiceKit
import TestKit
import Testing
import Time

/// The loops that move events while a server runs: they wake by themselves and end when told to.
@Suite struct PipeLoopTests {
  @Test(.timeLimit(.minutes(1))) func messagesWakeTheirPipe() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["TargetParameters": ["InputTemplate": "<$.body>"]])
    let loop = try #require(pipes.pipes.loops.first)
    let running = Task { try await loop() }
    try await pipes.send((0..<30).map(String.init))
    try await wait(for: 30, in: pipes)
    // And again after it had nothing to do.
    try await pipes.send(["30"])
    try await wait(for: 1, in: pipes)
    running.cancel()
    try await running.value
    #expect(try await pipes.left() == 0)
  }

  @Test(.timeLimit(.minutes(1))) func stoppedPipesBeginNothing() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create()
    let loop = try #require(pipes.pipes.loops.first)
    let running = Task { try await loop() }
    try await pipes.house.call("pipes", "StopPipe", ["Name": "p"])
    await pipes.house.drain()
    #expect(try await pipes.describe()["CurrentState"] == "STOPPED")
    try await pipes.send(["x"])
    try await pipes.house.call("pipes", "StartPipe", ["Name": "p"])
    await pipes.house.drain()
    try await wait(for: 1, in: pipes)
    running.cancel()
    try await running.value
  }

  private func wait(for count: Int, in pipes: PipesHouse) async throws {
    var taken = 0
    while taken < count {
      taken += try await pipes.take().count
      await Task.yield()
    }
    #expect(taken == count)
  }
}
