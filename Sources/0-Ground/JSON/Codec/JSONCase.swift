/// Respelling of the member names of documents that were not coded from a Swift type.
public enum JSONCase {
  /// Members under these names are maps of the user's: their keys stay as they are.
  private static let maps: Set<String> = ["tags", "parameters", "options", "Tags", "Parameters", "Options"]

  /// The document with its member names in the given case; unchanged for nil and `asWritten`.
  public static func value(_ value: JSONValue, _ memberCase: JSONMemberCase?) -> JSONValue {
    guard let memberCase, memberCase != .asWritten else { return value }
    switch value {
    case .array(let elements): return .array(elements.map { self.value($0, memberCase) })
    case .object(let object):
      var respelled = JSONObject()
      respelled.reserveCapacity(object.count)
      for (name, member) in object {
        respelled[memberCase.name(name)] = maps.contains(name) ? member : self.value(member, memberCase)
      }
      return .object(respelled)
    default: return value
    }
  }
}
