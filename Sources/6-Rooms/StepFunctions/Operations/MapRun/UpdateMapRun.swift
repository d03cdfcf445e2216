import JSON
import ServiceKit
import StatesLanguage

/// Changes the concurrency and tolerated failures of a map run that runs. Source: AWS Step Functions API Reference, UpdateMapRun.
struct UpdateMapRun: Operation {
  struct Input: Shape {
    var mapRunArn: String
    var maxConcurrency: Int?
    var toleratedFailurePercentage: Double?
    var toleratedFailureCount: Int?
    static var limits: [Limit<Self>] {
      [
        .longARN("mapRunArn", \.mapRunArn),
        .range("maxConcurrency", \.maxConcurrency, 0...Int.max),
        .range("toleratedFailurePercentage", \.toleratedFailurePercentage, 0...100),
        .range("toleratedFailureCount", \.toleratedFailureCount, 0...Int.max),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.mapRunArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    var run = try call.mapRun(input.mapRunArn)
    guard run.progress.status == .running else {
      throw Fault(
        "ValidationException", "A Map Run that has ended can not be updated.", fields: ["reason": "CANNOT_UPDATE_COMPLETED_MAP_RUN"])
    }
    run.progress.update(
      maxConcurrency: input.maxConcurrency.map { Int64($0) }, toleratedFailureCount: input.toleratedFailureCount.map { Int64($0) },
      toleratedFailurePercentage: input.toleratedFailurePercentage)
    try call.settled(&run)
    return Empty()
  }
}
