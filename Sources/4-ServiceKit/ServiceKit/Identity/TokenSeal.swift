import Crypto
import FoundationEssentials
import JSON
import Store

/// Makes texts that callers hold for the server and can not forge: pagination tokens, session tokens.
package struct TokenSeal: Sendable {
  private let key: SymmetricKey

  /// - Parameter secret: at least 16 bytes, kept with the data so that tokens outlive a restart.
  package init(secret: [UInt8]) { key = SymmetricKey(data: SHA256.hash(data: secret)) }

  /// A token for the cursor, valid only for the same scope (service, account, region).
  package func seal(_ cursor: CatalogCursor, for scope: String) -> String { seal([cursor.value, cursor.key], for: scope) }

  package func seal(_ parts: [String], for scope: String) -> String {
    let plain = JSONValue.array(parts.map { .string($0) }).bytes
    let code = HMAC<SHA256>.authenticationCode(for: Array(scope.utf8) + [0] + plain, using: key)
    return Data(Array(code) + plain).base64EncodedString()
  }

  /// Throws the ValidationException AWS gives for a token that is not of this listing.
  package func open(_ token: String, for scope: String) throws -> CatalogCursor {
    let parts = try open(parts: token, for: scope)
    guard parts.count == 2 else { throw Self.invalid }
    return CatalogCursor(value: parts[0], key: parts[1])
  }

  package func open(parts token: String, for scope: String) throws -> [String] {
    guard let data = Data(base64Encoded: token), data.count > 32 else { throw Self.invalid }
    let plain = Array(data.dropFirst(32))
    let valid = HMAC<SHA256>.isValidAuthenticationCode(data.prefix(32), authenticating: Array(scope.utf8) + [0] + plain, using: key)
    guard valid, case .array(let parts)? = try? JSONValue(parsing: plain) else { throw Self.invalid }
    return parts.compactMap(\.string)
  }

  /// A secret of 40 characters that only this server can compute for the name, always the same.
  package func secret(for name: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array("secret\0\(name)".utf8), using: key)
    return String(Data(code).base64EncodedString().prefix(40))
  }

  /// Encrypts the bytes (AES-GCM) so that only this server can read them, and only under the same scope.
  package func encrypt(_ plain: [UInt8], for scope: String) throws -> Blob {
    let box = try AES.GCM.seal(plain, using: encryptionKey, authenticating: Array(scope.utf8))
    guard let combined = box.combined else { throw Fault("InternalException", "The secret could not be encrypted.", status: 500) }
    return Blob(Array(combined))
  }

  /// Throws what the cryptography throws for bytes that were changed, or encrypted by another server or for another scope.
  package func decrypt(_ sealed: Blob, for scope: String) throws -> [UInt8] {
    Array(try AES.GCM.open(AES.GCM.SealedBox(combined: sealed.bytes), using: encryptionKey, authenticating: Array(scope.utf8)))
  }

  private var encryptionKey: SymmetricKey {
    HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array("martlet.encryption".utf8), outputByteCount: 32)
  }

  private static let invalid = Fault.validation("The pagination token is not valid: it must be the one the call before answered.")
}
