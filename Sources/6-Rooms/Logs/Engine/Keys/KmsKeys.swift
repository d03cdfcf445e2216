import FoundationEssentials
import JSON
import Logging
import Series
import ServiceKit
import Store

/// A group's data key as KMS wrapped it.
struct WrappedKey: Codable, Sendable, Equatable {
  var kmsKeyId: String
  /// Base64.
  var ciphertext: String
}

extension AsyncCall where Home == Logs {
  /// Has KMS make a data key for a group and sees to it that new events are sealed with it. Throws InvalidParameterException.
  ///
  /// The key is also kept wrapped by the server's own, because the engine needs it before any service runs.
  func newKey(_ key: String, group id: String) async throws -> WrappedKey {
    guard let arn = ARN(key), arn.service == "kms", arn.resourceType == "key" || arn.resourceType == "alias" else {
      throw Fault.parameter("The specified KMS key is not an ARN of a KMS key: \(key)")
    }
    let principal = Logs.identity.principal
    let context = CallContext(
      caller: .service(principal, in: partition), requestID: context.requestID, now: now, invokedBy: principal)
    let answer: JSONValue
    do {
      answer = try await room.context.invoker.call("kms", "GenerateDataKey", ["KeyId": .string(key), "KeySpec": "AES_256"], context)
    } catch let fault where fault.code == "UnknownOperationException" {
      throw Fault.parameter(
        "The specified KMS key can't be used: KMS is not served by Martlet yet. The server's option --log-encryption-key encrypts the events of all log groups."
      )
    } catch { throw Fault.parameter("The specified KMS key does not exist or is not allowed to be used: \(error.message)") }
    guard let wrapped = answer["CiphertextBlob"]?.string, let plain = answer["Plaintext"]?.string.flatMap({ Data(base64Encoded: $0) }),
      plain.count == 32
    else { throw Fault.unavailable("KMS answered no data key.") }
    do { try room.keys.adopt(id, Array(plain)) } catch { throw Fault.unavailable(error.message) }
    return WrappedKey(kmsKeyId: key, ciphertext: wrapped)
  }
}

extension Logs {
  /// Groups with a KMS key have their events sealed from the start.
  func adoptKeys() async throws {
    let groups = try await context.store.read { transaction in
      var groups: [String] = []
      for partition in try transaction.partitions(holding: LogGroup.kind) {
        try transaction.forEach(LogGroup.self, in: partition) { group in
          if group.dataKey != nil { groups.append(group.id) }
          return true
        }
      }
      return groups
    }
    for id in groups { try keys.adopt(id, nil) }
  }
}
