import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Connections of HTTP/1.1. A request is handed to the edge once it is there as a whole, those of one connection one after the other; whole
/// requests and answers cross from and to the event loop once each, which costs less than a sequence of their parts.
struct HTTPConnections: ServerChildChannel {
  struct Connection: ServerChildChannelValue {
    let channel: any Channel
    let call = RunningCall()
  }
  let edge: Edge
  /// Connections without a request are closed after this.
  let idle: TimeAmount

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      // What comes before a request has been answered waits in the pipeline; a server that stops finishes what it has begun.
      try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true, withOutboundHeaderValidation: false)
      let connection = Connection(channel: channel)
      try pipeline.addHandler(RequestHandler(edge: edge, idle: idle, connection))
      return connection
    }
  }

  func handle(value: Connection, logger: Logger) async {
    await withTaskCancellationHandler {
      do { try await value.channel.closeFuture.get() } catch { logger.debug("connection ended", metadata: ["error": "\(error)"]) }
      // What has begun is finished, also when its caller has gone.
      await value.call.end()
    } onCancel: {
      value.channel.close(promise: nil)
      value.call.cancel()
    }
  }
}

/// The call that a connection's last request made.
final class RunningCall: Sendable {
  private struct State {
    var task: Task<Void, Never>?
    var isCancelled = false
  }
  private let state = Mutex(State())

  /// - Parameter here: whether the work begins on the caller's thread, which saves two wake-ups of threads where it does not wait.
  func begin(here: Bool, _ work: @escaping @Sendable () async -> Void) {
    // Outside of the lock: what begins here may have ended when this returns.
    let task: Task<Void, Never>
    if here, #available(macOS 26, *) { task = Task.immediate(operation: work) } else { task = Task(operation: work) }
    let isCancelled = state.withLock { state in
      state.task = task
      return state.isCancelled
    }
    if isCancelled { task.cancel() }
  }

  func end() async { await state.withLock { $0.task }?.value }

  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      return state.task
    }?.cancel()
  }
}
