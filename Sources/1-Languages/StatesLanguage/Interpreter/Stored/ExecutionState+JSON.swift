import JSON
import JSONPath

/// The stored form.
extension ExecutionState {
  /// Raised with every change of the form; older forms are still read.
  private static let format: Int64 = 1

  private struct Body: Codable {
    var status: String
    var lastEventID: Int
    var lastID: Int
    var timeoutTimer: Int?
    var root: Strand
    var resumption: Strand?
  }

  /// What was stored is no state of this version.
  public struct Unreadable: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// The state as one document, to be stored beside the events of the step that made it.
  public func json() throws -> JSONValue {
    let body = Body(
      status: status.rawValue, lastEventID: lastEventID, lastID: lastID, timeoutTimer: timeoutTimer, root: root,
      resumption: resumption)
    return ["format": .int(Self.format), "state": try JSONValue(encoding: body)]
  }

  /// Reads what `json` made.
  public init(json: JSONValue) throws(Unreadable) {
    guard json["format"]?.int == Self.format, let stored = json["state"] else {
      throw Unreadable(
        description: "The execution was stored in format \(json["format"]?.text ?? "none"); this version reads \(Self.format).")
    }
    let body: Body
    do { body = try stored.decode(Body.self) } catch { throw Unreadable(description: "The execution's state is damaged: \(error)") }
    guard let status = Status(rawValue: body.status) else {
      throw Unreadable(description: "The execution's state is damaged: unknown status \(body.status)")
    }
    self.init()
    self.status = status
    lastEventID = body.lastEventID
    lastID = body.lastID
    timeoutTimer = body.timeoutTimer
    root = body.root
    resumption = body.resumption
    var owners: [Int: [Int]] = [:]
    var path: [Int] = []
    Self.collect(root, &path, &owners)
    self.owners = owners
  }

  /// Finds what each line waits for.
  private static func collect(_ strand: Strand, _ path: inout [Int], _ owners: inout [Int: [Int]]) {
    if let pause = strand.pause { owners[pause.timer] = path }
    switch strand.step?.wait {
    case .timer(let id), .retry(let id), .mapRun(let id): owners[id] = path
    case .task(let task):
      owners[task.id] = path
      if let timer = task.timeoutTimer { owners[timer] = path }
      if let timer = task.heartbeatTimer { owners[timer] = path }
    case .children, .some(.none), nil: break
    }
    for (index, child) in strand.children?.running ?? [:] {
      path.append(index)
      collect(child, &path, &owners)
      path.removeLast()
    }
  }
}
