import ArgumentParser
import EventPattern
import FoundationEssentials
import JSON
import Server

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Says why an event does not match a pattern or the rules of a running server.
struct ExplainMatch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain-match",
    abstract: "Says whether an event matches an event pattern, and if not which field differs and what was expected.",
    discussion: """
      With --pattern nothing else is needed. With --rule or --event-bus a running server is asked about its rules.

        martlet explain-match --pattern '{"detail":{"state":["running"]}}' --event @event.json
        martlet explain-match --rule nightly --event - < event.json

      Exits with 0 when the event matches (with --event-bus: when it matches any rule), with 1 when it does not, and with 2 when the
      pattern, the event or what the server was asked for is not right.
      """)

  enum Output: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Option(help: ArgumentHelp("The event pattern, or @ and the name of a file that holds it.", valueName: "text"))
  var pattern: String?

  @Option(help: "The name of a rule.")
  var rule: String?

  @Option(help: "The name or ARN of an event bus (default: the default bus).")
  var eventBus: String?

  @Option(help: ArgumentHelp("The event: JSON, @ and the name of a file, or - for the standard input.", valueName: "text"))
  var event: String

  @Option(help: "How to answer: text or json.")
  var output = Output.text

  @OptionGroup var client: ClientOptions

  func run() async throws {
    do {
      let event = try Self.text(event, "event")
      let matches = if let pattern { try explain(Self.text(pattern, "pattern"), event) } else { try await ask(event) }
      if !matches { throw ExitCode(1) }
    } catch let wrong as Wrong {
      throw Self.fail(wrong.message)
    } catch let refusal as Refusal {
      throw Self.fail(refusal.description)
    } catch let error as ConfigurationError {
      throw Self.fail(error.description)
    }
  }

  private struct Wrong: Error {
    let message: String
  }

  private static func fail(_ message: String) -> ExitCode {
    Array("martlet explain-match: \(message)\n".utf8).withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    return ExitCode(2)
  }

  /// The text itself, or that of the file after `@`, or for `-` the standard input's.
  private static func text(_ argument: String, _ what: String) throws -> String {
    let bytes: [UInt8]
    if argument == "-" {
      bytes = standardInput()
    } else if argument.hasPrefix("@") {
      let file = String(argument.dropFirst())
      guard let data = FileManager.default.contents(atPath: file) else {
        throw Wrong(message: "the \(what)'s file \(file) can not be read")
      }
      bytes = Array(data)
    } else {
      return argument
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Wrong(message: "the \(what) is not UTF-8") }
    return text
  }

  /// Events are small; what is longer is not read.
  private static let longest = 64 << 20

  private static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < longest {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  private func explain(_ text: String, _ event: String) throws -> Bool {
    if rule != nil || eventBus != nil { throw Wrong(message: "--pattern stands alone, without --rule or --event-bus") }
    let pattern: EventPattern
    do throws(EventPatternError) { pattern = try EventPattern(text) } catch { throw Wrong(message: error.message) }
    let bytes = Array(event.utf8)
    do throws(EventError) { try EventPattern.check(event: bytes) } catch { throw Wrong(message: error.message) }
    let mismatch = pattern.mismatch(bytes)
    var answer = JSONObject()
    answer["Result"] = .bool(mismatch == nil)
    answer["Reason"] = mismatch.map { .string($0.reason) }
    answer["Field"] = mismatch?.field.map { .string($0) }
    answer["Found"] = mismatch?.found.map { .string($0) }
    answer["Expected"] = mismatch?.expected.map { .string($0) }
    return show(.object(answer))
  }

  private func ask(_ event: String) async throws -> Bool {
    guard rule != nil || eventBus != nil else { throw Wrong(message: "say --pattern, or --rule or --event-bus to ask a running server") }
    let client = try await client.client()
    var input = JSONObject()
    input["Event"] = .string(event)
    input["Rule"] = rule.map { .string($0) }
    input["EventBusName"] = eventBus.map { .string($0) }
    var answer = try await client.call("events", "ExplainMatch", .object(input))
    var rules = answer["Rules"]?.array ?? []
    while let token = answer["NextToken"]?.string {
      input["NextToken"] = .string(token)
      answer = try await client.call("events", "ExplainMatch", .object(input))
      rules += answer["Rules"]?.array ?? []
    }
    if rule != nil { return show(answer) }
    return show(["Rules": .array(rules)])
  }

  /// Writes the answer. Returns whether the event matches.
  private func show(_ answer: JSONValue) -> Bool {
    let rules = answer["Rules"]?.array
    if output == .json {
      print(answer.text)
    } else if let rules {
      for rule in rules { print("\(rule["Name"]?.string ?? ""): \(Self.sentence(rule))") }
      if rules.isEmpty { print("the bus has no rules") }
    } else {
      print(Self.sentence(answer))
    }
    return rules?.contains { $0["Result"]?.bool == true } ?? (answer["Result"]?.bool == true)
  }

  private static func sentence(_ verdict: JSONValue) -> String {
    verdict["Result"]?.bool == true ? "matches" : verdict["Reason"]?.string ?? "does not match"
  }
}
