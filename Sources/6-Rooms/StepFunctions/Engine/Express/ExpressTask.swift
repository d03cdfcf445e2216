import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// A task of an Express execution: one call of a service, in a transaction of its own.
struct ExpressTask: Sendable {
  let room: StepFunctions
  let request: TaskRequest
  let execution: ExpressExecution
  let info: ExecutionInfo
  let partition: Partition

  /// Throws only when the server stops.
  func run() async throws -> [ExecutionEvent] {
    guard case .integration(let resource) = request.resource else {
      let cause = "The resource \(request.resource.arn) is not served by Martlet."
      return [.taskFailed(id: request.id, error: ErrorName.runtime, cause: cause)]
    }
    let integration: Integration
    do throws(Fault) {
      let origin = TaskOrigin(execution: info.id, machine: info.stateMachineID)
      integration = try Integration(resource, request.input, origin)
    } catch { return [.taskFailed(id: request.id, error: error.code, cause: error.message)] }
    let context = integration.context(
      room.taskContext(request.roleArn ?? execution.roleArn, session: execution.name, at: room.context.clock.now(), partition))
    do throws(Fault) {
      let answer = try await room.context.invoker.call(integration.service, integration.operation, integration.input, context)
      if let failure = integration.failure(in: answer) {
        return [.taskFailed(id: request.id, error: failure.error, cause: failure.cause)]
      }
      return [.taskSucceeded(id: request.id, output: Payload(integration.result(answer, requestID: context.requestID)))]
    } catch {
      if error.isStopping { throw error }
      return [integration.failed(error, request.id, requestID: context.requestID)]
    }
  }
}
