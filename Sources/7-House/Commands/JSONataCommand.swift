import ArgumentParser
import Crypto
import FoundationEssentials
import JSON
import JSONata
import SystemPackage
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Evaluates a JSONata expression.
struct JSONataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jsonata",
    abstract: "Evaluates a JSONata expression over JSON and prints the result as JSON.",
    discussion: """
      The language is that of jsonata-js 2.2, or with --profile step-functions the one of Step Functions.

        martlet jsonata 'orders[total > 100].customer.name' --input orders.json
        aws stepfunctions list-state-machines | martlet jsonata 'stateMachines.name' --input -
        martlet jsonata '$states.input.id' --profile step-functions --bindings bindings.json

      Nothing is printed when the expression has no value. Exits with 1 when it cannot be evaluated, with 2 when it is no
      expression, and with 3 when a file cannot be read.
      """)

  enum Profile: String, ExpressibleByArgument, CaseIterable {
    case current
    case stepFunctions = "step-functions"
  }

  @Argument(help: "The expression, or @FILE to read it from a file.") var expression: String
  @Option(name: .shortAndLong, help: "The JSON file that the expression is about; - is the standard input.") var input: String?
  @Option(name: .shortAndLong, help: "A JSON file with an object of variables, by their names without $.") var bindings: String?
  @Option(name: .long, help: "The language: current or step-functions.") var profile = Profile.current
  @Flag(name: .shortAndLong, help: "Prints on one line.") var compact = false
  @Flag(name: .shortAndLong, help: "Prints a string as it is, without quotes.") var raw = false
  @Option(name: .long, help: "Seconds after which the evaluation stops.") var timeout = 60.0

  func run() throws {
    let text = expression.hasPrefix("@") ? String(decoding: try read(String(expression.dropFirst())), as: UTF8.self) : expression
    let program: JSONata
    do { program = try JSONata(text, profile: profile == .current ? .current : .stepFunctions) } catch {
      throw failed(Self.report(error, in: text), 2)
    }
    let document = try input.map { try json($0) }
    let variables = try bindings.map { try json($0) } ?? .object([:])
    guard let members = variables.object else { throw failed("\(bindings ?? ""): the variables have to be an object", 3) }
    let named = members.reduce(into: [String: JSONValue]()) { $0[$1.key] = $1.value }
    do {
      guard let result = try program.evaluate(document, bindings: named, sources: Self.sources, limits: limits) else { return }
      if raw, let string = result.string { print(string) } else { print(compact ? result.text : result.pretty) }
    } catch { throw failed(Self.report(error, in: text), 1) }
  }

  private var limits: JSONata.Limits {
    let end = ContinuousClock.now + .seconds(timeout.isFinite ? max(0, min(timeout, 86_400)) : 86_400)
    return JSONata.Limits(isExpired: { ContinuousClock.now > end })
  }

  private static let sources = JSONata.Sources(
    now: { Double(SystemClock().now().milliseconds) },
    random: { Double.random(in: 0..<1) },
    uuid: { UUID().uuidString.lowercased() },
    digest: { bytes, algorithm in
      switch algorithm {
      case .md5: Array(Insecure.MD5.hash(data: bytes))
      case .sha1: Array(Insecure.SHA1.hash(data: bytes))
      case .sha256: Array(SHA256.hash(data: bytes))
      case .sha384: Array(SHA384.hash(data: bytes))
      case .sha512: Array(SHA512.hash(data: bytes))
      }
    })

  private func read(_ path: String) throws -> [UInt8] {
    do { return try DefinitionFile.bytes(path) } catch { throw failed("\(path): \(error.message)", 3) }
  }

  private func json(_ path: String) throws -> JSONValue {
    do { return try JSONValue(parsing: try read(path)) } catch let error as JSONParseError {
      throw failed("\(path == "-" ? "standard input" : path):\(error.line):\(error.column): \(error.message)", 3)
    }
  }

  /// Says why on the standard error.
  private func failed(_ sentence: String, _ status: Int32) -> ExitCode {
    _ = try? FileDescriptor.standardError.writeAll(Array((sentence + "\n").utf8))
    return ExitCode(status)
  }

  /// The error with its place: the line of the expression, and below it a caret.
  static func report(_ error: JSONataError, in text: String) -> String {
    var sentence = "\(error.code): \(error.message)"
    guard let position = error.position else { return sentence }
    // Positions are after the token that they are about.
    let units = Array(text.utf16)
    let before = units.prefix(max(0, min(position, units.count) - 1))
    let line = before.count { $0 == 10 }
    let start = before.lastIndex(of: 10).map { $0 + 1 } ?? 0
    let end = units[start...].firstIndex(of: 10) ?? units.count
    let column = String(decoding: units[start..<before.count], as: UTF16.self).unicodeScalars.count
    sentence = "line \(line + 1), column \(column + 1): " + sentence
    let shown = String(decoding: units[start..<end], as: UTF16.self)
    guard shown.unicodeScalars.count <= 200 else { return sentence }
    let margin = String(decoding: units[start..<before.count].map { $0 == 9 ? 9 : 32 }.prefix(column), as: UTF16.self)
    return sentence + "\n  " + shown + "\n  " + margin + "^"
  }
}
