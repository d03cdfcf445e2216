import JSON
import Store
import Time
import Wire

/// An operation bound to its room, with its types erased: what the pipeline works on.
package struct OperationHandler: Sendable {
  package let service: ServiceIdentity
  package let name: String
  package let access: Access
  package let audit: AuditDetail
  package let route: OperationRoute?
  package let xml: XMLHints
  /// Whether a request without a signature may call it.
  package let isOpen: Bool
  package let rawMember: String?
  /// Whether it answers an event stream.
  package let isStream: Bool
  /// Whether it can leave its answer in `CallContext.written`.
  package let writesText: Bool
  /// Whether its work, or what it does before it waits, takes a fraction of a millisecond.
  package let isBrief: Bool
  /// Decodes and validates; does nothing else. Throws Fault.
  let prepare: @Sendable (JSONValue, CallContext) throws -> PreparedCall
  /// What of a document is not as the operation's answers are; nil where everything that is there fits. What is missing is no matter, and
  /// members that the type does not have are none either.
  package let mismatch: @Sendable (JSONValue, JSONMemberCase) -> JSONCodecError?

  /// Whether the operation can join a transaction of somebody else's.
  package let isTransactional: Bool
}

/// A call whose input is good.
struct PreparedCall: Sendable {
  enum Work: Sendable {
    /// The context is given again: a call may be made ready before its time.
    case transactional(@Sendable (any Transaction, CallContext) throws -> JSONValue)
    case asynchronous(@Sendable () async throws -> JSONValue)
    case stream(@Sendable () async throws -> AsyncStream<EventStreamMessage>)
  }
  var resource: ARN
  var clientToken: String?
  var work: Work
}

/// A call that was decoded, validated and authorized before its time, to be made inside a transaction.
package struct ReadyCall: Sendable {
  let handler: OperationHandler
  let input: JSONValue
  let prepared: PreparedCall
  /// What the audit trail will say of its success, and when that was to be; nil where it would tell of the answer.
  let audit: (record: [UInt8], at: Timestamp)?

  /// The audit record, where it is true of a call made at the instant: records tell whole seconds.
  func audit(at now: Timestamp) -> [UInt8]? {
    audit.flatMap { $0.at.seconds == now.seconds ? $0.record : nil }
  }
}

extension Operation {
  package static func handler(in room: Home) -> OperationHandler {
    OperationHandler(
      service: Home.identity, name: name, access: access, audit: audit, route: route, xml: xml, isOpen: isOpen,
      rawMember: rawMember, isStream: false, writesText: false, isBrief: isBrief || access == .write,
      prepare: { input, context in
        let decoded = try InputDecoding.decode(Input.self, input, context, Home.self)
        return PreparedCall(
          resource: resource(decoded, context.caller), clientToken: clientToken(decoded),
          work: .transactional { transaction, context in
            let output = try run(decoded, Call(room: room, context: context, transaction: transaction))
            return try JSONValue(encoding: output, InputDecoding.options(context, Home.self))
          })
      }, mismatch: { OutputDecoding.mismatch(Output.self, $0, $1) }, isTransactional: true)
  }
}

extension AsyncOperation {
  package static func handler(in room: Home) -> OperationHandler {
    let writesText = access == .read && Output.self is any JSONWritable.Type
    return OperationHandler(
      service: Home.identity, name: name, access: access, audit: audit, route: route, xml: xml, isOpen: isOpen,
      rawMember: rawMember, isStream: false, writesText: writesText, isBrief: isBrief,
      prepare: { input, context in
        let decoded = try InputDecoding.decode(Input.self, input, context, Home.self)
        return PreparedCall(
          resource: resource(decoded, context.caller), clientToken: clientToken(decoded),
          work: .asynchronous {
            let output = try await run(decoded, AsyncCall(room: room, context: context))
            if writesText, let written = context.written, written.write(output) { return .object(JSONObject()) }
            return try JSONValue(encoding: output, InputDecoding.options(context, Home.self))
          })
      }, mismatch: { OutputDecoding.mismatch(Output.self, $0, $1) }, isTransactional: false)
  }
}

extension StreamOperation {
  package static func handler(in room: Home) -> OperationHandler {
    OperationHandler(
      service: Home.identity, name: name, access: access, audit: audit, route: route, xml: xml, isOpen: isOpen,
      rawMember: rawMember, isStream: true, writesText: false, isBrief: isBrief,
      prepare: { input, context in
        let decoded = try InputDecoding.decode(Input.self, input, context, Home.self)
        return PreparedCall(
          resource: resource(decoded, context.caller), clientToken: nil,
          work: .stream { try await run(decoded, AsyncCall(room: room, context: context)) })
      }, mismatch: { _, _ in nil }, isTransactional: false)
  }
}

/// A document beside an operation's answer.
enum OutputDecoding {
  private final class Unheard: JSONDecodingObserver {
    func missing(at path: JSONPathNode) {}
    func decoded(_ value: any Decodable, at path: () -> JSONPathNode?) {}
  }

  static func mismatch<Output: Shape>(_ type: Output.Type, _ document: JSONValue, _ memberCase: JSONMemberCase) -> JSONCodecError? {
    do {
      _ = try document.decode(type, JSONCodecOptions(memberCase: memberCase, observer: Unheard()))
      return nil
    } catch let error as JSONCodecError {
      if case .missing = error.problem { return nil }
      return error
    } catch { return nil }
  }
}

/// From the document that came in to the operation's input, with AWS's sentences for what is wrong with it.
enum InputDecoding {
  static func options<Home: Room>(_ context: CallContext, _ home: Home.Type) -> JSONCodecOptions {
    JSONCodecOptions(memberCase: context.memberCase ?? home.memberCase, dialect: context.dialect)
  }

  static func decode<Input: Shape, Home: Room>(
    _ type: Input.Type, _ document: JSONValue, _ context: CallContext, _ home: Home.Type
  ) throws -> Input {
    let findings = Findings()
    var options = options(context, home)
    options.observer = findings
    options.dialect = context.inputDialect
    do {
      let input = try document.decode(type, options)
      if findings.sentences.isEmpty { return input }
    } catch let error as JSONCodecError {
      switch error.problem {
      case .missing where !findings.sentences.isEmpty: break
      case .missing: findings.missing(at: error.path)
      case .mismatch: throw Fault.serialization(error.description)
      case .invalid(let reason):
        throw Fault(home.validationCode, error.path.map { "Invalid value at '\($0.text)': \(reason)" } ?? reason)
      }
    }
    throw Fault(home.validationCode, findings.message)
  }

  /// Collects every broken limit before any is reported, as AWS does.
  private final class Findings: JSONDecodingObserver {
    private(set) var sentences: [String] = []
    /// Of these no other limit is told: what stands in for them breaks most.
    private var absent: Set<String> = []

    func missing(at path: JSONPathNode) { missing(at: Optional(path)) }

    func missing(at path: JSONPathNode?) {
      absent.insert(path?.text ?? "")
      sentences.append("Value null at '\(path?.text ?? "")' failed to satisfy constraint: Member must not be null")
    }

    func decoded(_ value: any Decodable, at path: () -> JSONPathNode?) {
      guard let shape = value as? any Shape else { return }
      sentences.append(contentsOf: shape.violations(at: path, except: absent))
    }

    var message: String {
      let count = sentences.count
      return "\(count) validation error\(count == 1 ? "" : "s") detected: \(sentences.joined(separator: "; "))"
    }
  }
}
