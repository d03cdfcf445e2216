import JSON

/// Why a definite path names nothing in a document.
public struct PathMiss: Error, Sendable {
  enum Reason: Sendable {
    case missingMember
    case outOfRange
    case notAnObject(JSONValue)
    case notAnArray(JSONValue)
    case function(String)
  }
  let path: JSONPath
  /// Position of the step that failed.
  let step: Int
  let reason: Reason

  var isLastStep: Bool { step == path.segments.count - 1 }

  /// True when only the last index lies outside an array that is there: payload templates read that as null.
  public var isOutOfRange: Bool {
    if case .outOfRange = reason { isLastStep } else { false }
  }

  /// The sentence of the Java implementation, as AWS passes it on.
  public var sentence: String {
    switch reason {
    case .missingMember where !isLastStep: "Missing property in path \(path.canonical(upTo: step + 1))"
    case .missingMember, .outOfRange: "No results for path: \(path.canonical)"
    case .notAnObject(let found):
      "Expected to find an object with property \(path.segments[step]) in path \(path.canonical(upTo: step)) but found "
        + "'\(Self.javaClass(found))'. This is not a json object according to the JsonProvider: "
        + "'com.jayway.jsonpath.spi.json.JsonSmartJsonProvider'."
    case .notAnArray(.null): "The path \(path.canonical(upTo: step)) is null"
    case .notAnArray(let found):
      "Filter: \(path.segments[step...].map(\.description).joined()) can only be applied to arrays. "
        + "Current context is: \(found.string ?? found.text)"
    case .function(let message): message
    }
  }

  /// True when the step met a value of the wrong kind rather than nothing.
  public var isWrongKind: Bool {
    switch reason {
    case .notAnArray(.null), .notAnObject, .missingMember, .outOfRange, .function: false
    case .notAnArray: true
    }
  }

  private static func javaClass(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "java.lang.Boolean"
    case .int(let number): Int32(exactly: number) == nil ? "java.lang.Long" : "java.lang.Integer"
    case .double: "java.lang.Double"
    case .bigInteger: "java.math.BigInteger"
    case .string: "java.lang.String"
    case .array: "net.minidev.json.JSONArray"
    case .object: "java.util.LinkedHashMap"
    }
  }
}
