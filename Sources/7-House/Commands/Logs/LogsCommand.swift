import ArgumentParser
import JSON
import Server

/// `martlet logs`
struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Reads and queries logs.", subcommands: [TailLogs.self, QueryLogs.self, MakeLogKey.self])
}

extension ClientOptions {
  /// Calls an operation of Logs; what is wrong ends the command with one sentence and status 1.
  func logs(_ operation: String, _ input: JSONObject) async throws -> JSONValue {
    do { return try await client().call(target: "Logs_20140328.\(operation)", of: "logs", .object(input)) } catch let error
      as ConfigurationError
    { throw Refusal(error.description) }
  }
}

/// `martlet logs key`
struct MakeLogKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Makes a key file for --log-encryption-key: 32 random bytes that only you can read.")

  @Argument(help: "The file, which must not be there yet.")
  var file: String

  func run() throws {
    do { try EncryptionKey.make(file) } catch let error as ConfigurationError { throw Refusal(error.description) }
    print("\(file) holds a new key. Without it the logs encrypted with it can not be read: keep a copy where it is safe.")
  }
}
