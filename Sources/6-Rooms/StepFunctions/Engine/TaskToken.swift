import ServiceKit

/// What a worker shows to report a task: only this server can make one.
struct TaskToken: Sendable, Equatable {
  private static let scope = "states.task-token"
  /// The execution's ARN.
  var execution: String
  var task: Int

  init(execution: String, task: Int) {
    self.execution = execution
    self.task = task
  }

  /// Throws InvalidToken.
  init(_ text: String, _ seal: TokenSeal) throws(Fault) {
    guard let parts = try? seal.open(parts: text, for: Self.scope), parts.count == 2, let task = Int(parts[1]) else {
      throw Fault("InvalidToken", "Invalid Token: 'Invalid token'")
    }
    self.init(execution: parts[0], task: task)
  }

  func text(_ seal: TokenSeal) -> String { seal.seal([execution, String(task)], for: Self.scope) }
}
