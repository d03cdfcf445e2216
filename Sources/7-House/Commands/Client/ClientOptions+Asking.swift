import ArgumentParser
import JSON
import Server
import ServiceKit

extension ClientOptions {
  /// Calls an operation beyond AWS's; what is wrong ends the command with one sentence and status 1.
  func ask(_ operation: String, of service: String, _ input: JSONObject) async throws -> JSONValue {
    do { return try await client().call(service, operation, .object(input)) } catch let error as ConfigurationError {
      throw Refusal(error.description)
    }
  }

  /// The elements of every page of a listing, up to a limit.
  func all(_ operation: String, of service: String, _ input: JSONObject, _ member: String, limit: Int = .max) async throws -> [JSONValue] {
    var (input, found) = (input, [JSONValue]())
    while true {
      let answer = try await ask(operation, of: service, input)
      found += answer[member]?.array ?? []
      guard found.count < limit, let next = answer["NextToken"], !next.isNull else { return Array(found.prefix(limit)) }
      input["NextToken"] = next
    }
  }
}
