import JSON
import LogsInsights
import ServiceKit

/// A data protection policy: what is looked for, and where findings are told.
///
/// Source: CloudWatch Logs User Guide, "Understanding data protection policies".
struct ProtectionPolicy: Sendable {
  struct Custom: Sendable {
    var name: String
    var expression: String
  }
  private(set) var managed: [ManagedIdentifier] = []
  private(set) var custom: [Custom] = []
  /// The group that findings go to.
  private(set) var findingsGroup: String?

  private static let longest = 30_720
  private static func invalid(_ reason: String) -> Fault { .parameter("Invalid data protection policy: \(reason)") }

  /// Throws InvalidParameterException saying what is wrong with the document.
  init(_ text: String) throws(Fault) {
    guard text.utf16.count <= Self.longest else { throw Self.invalid("it is longer than \(Self.longest) characters.") }
    guard let document = try? JSONValue(parsing: text, limits: JSONLimits(depth: 32)), case .object(let policy) = document else {
      throw Self.invalid("it is no JSON object.")
    }
    guard let name = policy["Name"]?.string, !name.isEmpty else { throw Self.invalid("Name is required.") }
    guard policy["Version"]?.string == "2021-06-01" else { throw Self.invalid("Version must be 2021-06-01.") }
    let defined = try Self.custom(policy["Configuration"]?["CustomDataIdentifier"])
    guard let statements = policy["Statement"]?.array, statements.count == 2 else {
      throw Self.invalid("Statement must hold two statements, one with Audit and one with Deidentify.")
    }
    guard let audit = statements.first(where: { $0["Operation"]?["Audit"] != nil }),
      let masking = statements.first(where: { $0["Operation"]?["Deidentify"] != nil })
    else { throw Self.invalid("one statement must have the Operation Audit, the other Deidentify.") }
    guard masking["Operation"]?["Deidentify"]?["MaskConfig"]?.object?.isEmpty == true else {
      throw Self.invalid("the Operation Deidentify must hold \"MaskConfig\": {}.")
    }
    let names = try Self.identifiers(audit)
    guard Set(names) == Set(try Self.identifiers(masking)) else {
      throw Self.invalid("the DataIdentifier lists of the two statements must be the same.")
    }
    for name in names { try add(name, defined) }
    findingsGroup = try Self.findings(audit)
  }

  private mutating func add(_ name: String, _ defined: [Custom]) throws(Fault) {
    if let own = defined.first(where: { $0.name == name }) { return custom.append(own) }
    guard let slash = name.lastIndex(of: "/"), name.hasPrefix("arn:"), name.contains(":data-identifier/") else {
      throw Self.invalid("the data identifier '\(name)' is neither an ARN nor defined in CustomDataIdentifier.")
    }
    let id = String(name[name.index(after: slash)...])
    // AWS writes the identifier of OpenSSH keys in two ways.
    if let found = ManagedIdentifier.all[id == "OpenSSHPrivateKey" ? "OpenSshPrivateKey" : id] { return managed.append(found) }
    if ManagedIdentifier.notServed.contains(id) {
      throw Self.invalid("the data identifier \(id) is not served by Martlet; a CustomDataIdentifier may do instead.")
    }
    throw Self.invalid("there is no data identifier \(id).")
  }

  private static func identifiers(_ statement: JSONValue) throws(Fault) -> [String] {
    guard let list = statement["DataIdentifier"]?.array, !list.isEmpty, list.allSatisfy({ $0.string != nil }) else {
      throw invalid("DataIdentifier must be a list of names with at least one.")
    }
    return list.compactMap(\.string)
  }

  private static func custom(_ value: JSONValue?) throws(Fault) -> [Custom] {
    guard let value else { return [] }
    guard let list = value.array, list.count <= 10 else { throw invalid("CustomDataIdentifier must be a list of at most 10.") }
    var found: [Custom] = []
    for item in list {
      guard let name = item["Name"]?.string, (1...128).contains(name.utf16.count), !name.contains(":"),
        name.utf8.allSatisfy({ $0 == 45 || $0 == 95 || ($0 | 32) &- 97 < 26 || $0 &- 48 < 10 })
      else { throw invalid("the Name of a CustomDataIdentifier must be 1 to 128 letters, digits, hyphens and underscores.") }
      guard let expression = item["Regex"]?.string, (1...200).contains(expression.utf16.count) else {
        throw invalid("the Regex of the CustomDataIdentifier \(name) must have 1 to 200 characters.")
      }
      if found.contains(where: { $0.name == name }) { throw invalid("the CustomDataIdentifier \(name) is defined twice.") }
      do throws(ByteRegexError) { _ = try ByteRegex(expression) } catch {
        throw invalid("the Regex of the CustomDataIdentifier \(name) is not valid: \(error.description).")
      }
      found.append(Custom(name: name, expression: expression))
    }
    return found
  }

  private static func findings(_ audit: JSONValue) throws(Fault) -> String? {
    guard let destination = audit["Operation"]?["Audit"]?["FindingsDestination"] else {
      throw invalid("the Operation Audit must hold FindingsDestination.")
    }
    for name in ["S3", "Firehose"] where destination[name] != nil {
      throw invalid("\(name) is not served by Martlet: findings go to CloudWatchLogs.")
    }
    guard let logs = destination["CloudWatchLogs"] else { return nil }
    guard let group = logs["LogGroup"]?.string, LogName.group.accepts(group) else {
      throw invalid("FindingsDestination.CloudWatchLogs must name a LogGroup.")
    }
    return group
  }
}
