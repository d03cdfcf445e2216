import ArgumentParser
import Crypto
import FoundationEssentials
import JSON
import JSONPath
import StatesLanguage
import SystemPackage
import Time

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs a definition state by state.
struct DebugCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug",
    abstract: "Runs a state machine here, state by state: look at data, change it, go back.",
    discussion: """
      Mocks answer tasks, or you do, or, with --call, a running server does what they ask for, really. Commands are read from the standard
      input, one a line, so that a session can be a script; 'help' lists them. Time does not pass: a Wait state is over at once.

        martlet debug definition.asl.json --input input.json --mocks mocks.json
        martlet debug definition.asl.json --call --data ~/martlet
        printf 'break Charge\\ncontinue\\ndata\\nset input {"amount":0}\\ncontinue\\n' | martlet debug definition.asl.json

      The mocks are {"State": {"result": ...}, "Other": [{"error": "Busy"}, {"result": ...}]}, a list being answers to one attempt
      after the other, or a mock file of Step Functions Local with --test-case.

      Exits with 0 when the execution succeeded or was left, with 1 when it failed, and with 2 when a file is not right.
      """)

  @Argument(help: "The definition, JSON or YAML.") var definition: String
  @Option(name: .shortAndLong, help: "The JSON file with the execution's input (default: {}).") var input: String?
  @Option(name: .shortAndLong, help: "The JSON file with answers of tasks.") var mocks: String?
  @Option(help: "The test case of a mock file of Step Functions Local.") var testCase: String?
  @Option(name: .customLong("break"), help: "Stops before this state; may be given often.") var breakpoints: [String] = []

  @Flag(help: "Lets the server do the tasks that have no mock. Jobs and callbacks (.sync, .waitForTaskToken) are left to you.")
  var call = false
  @Option(help: "The role that the server does tasks under.") var role = "arn:aws:iam::000000000000:role/debug"
  @OptionGroup(title: "Server") var server: ClientOptions

  func run() async throws {
    let session = try begin()
    var console = DebugConsole(
      session: session, breakpoints: Set(breakpoints), caller: TaskCaller(options: server, role: role), calls: call)
    let isTerminal = isatty(STDIN_FILENO) == 1
    console.showPlace()
    while true {
      if isTerminal { prompt() }
      guard let line = readLine(strippingNewline: true) else { break }
      guard await console.execute(line) else { break }
    }
    if case .succeeded? = console.session.outcome { return }
    if console.session.outcome != nil { throw ExitCode(1) }
  }

  private func prompt() {
    _ = try? FileDescriptor.standardOutput.writeAll(Array("(debug) ".utf8))
  }

  private func begin() throws -> DebugSession {
    let file = try open(definition)
    let check = StateMachineDefinition.check(file.json)
    guard let machine = check.definition else {
      for error in check.errors {
        let position = file.places.position(of: error.location)
        fail("\(definition):\(position.line):\(position.column): \(error.message) [\(error.code.rawValue)]")
      }
      throw ExitCode(2)
    }
    var mocked = TaskMocks()
    if let mocks {
      let answers = try json(mocks)
      do throws(TaskMocks.Wrong) { mocked = try TaskMocks(answers, testCase: testCase) } catch {
        throw failed("\(mocks): \(error.description)")
      }
    }
    let data = try input.map { Payload(try json($0)) } ?? .empty
    return DebugSession(machine, info: Self.info(data), environment: Self.environment, mocks: mocked)
  }

  private static func info(_ input: Payload) -> ExecutionInfo {
    ExecutionInfo(
      id: "arn:aws:states:us-east-1:123456789012:execution:debug:debug", name: "debug",
      roleArn: "arn:aws:iam::123456789012:role/debug", startTime: SystemClock().now(), input: input,
      stateMachineID: "arn:aws:states:us-east-1:123456789012:stateMachine:debug", stateMachineName: "debug", region: "us-east-1")
  }

  private static var environment: InterpreterEnvironment {
    let intrinsics = IntrinsicEnvironment.system { bytes, algorithm in
      switch algorithm {
      case .md5: Array(Insecure.MD5.hash(data: bytes))
      case .sha1: Array(Insecure.SHA1.hash(data: bytes))
      case .sha256: Array(SHA256.hash(data: bytes))
      case .sha384: Array(SHA384.hash(data: bytes))
      case .sha512: Array(SHA512.hash(data: bytes))
      }
    }
    return InterpreterEnvironment(intrinsics: intrinsics, taskToken: { "\($0)#\($1)" })
  }

  private func open(_ path: String) throws -> DefinitionFile {
    do throws(DefinitionFile.Unreadable) {
      return try DefinitionFile(DefinitionFile.bytes(path))
    } catch {
      let place = error.position.map { ":\($0.line):\($0.column)" } ?? ""
      throw failed("\(path)\(place): \(error.message)")
    }
  }

  private func json(_ path: String) throws -> JSONValue {
    if path == "-" { throw failed("the standard input is for commands; name a file") }
    return try open(path).json
  }

  private func fail(_ sentence: String) {
    _ = try? FileDescriptor.standardError.writeAll(Array("martlet debug: \(sentence)\n".utf8))
  }

  private func failed(_ sentence: String) -> ExitCode {
    fail(sentence)
    return ExitCode(2)
  }
}
