import JSON

/// How the items of a distributed Map state are found in what its `ItemReader` reads.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
public struct ReaderConfiguration: Sendable, Hashable {
  public enum InputType: String, Sendable {
    case csv = "CSV"
    case json = "JSON"
    case jsonLines = "JSONL"
    case manifest = "MANIFEST"
    case parquet = "PARQUET"
  }

  /// What a manifest lists.
  public enum ManifestType: String, Sendable {
    case inventory = "S3_INVENTORY"
    case athena = "ATHENA_DATA"
  }

  public enum Header: Sendable, Hashable {
    case firstRow
    case given([String])
  }

  public let inputType: InputType?
  public let manifestType: ManifestType
  /// The objects of a listing are read and their items put in a row.
  public let flattens: Bool
  public let delimiter: UInt8
  public let header: Header
  /// A JSON Pointer (RFC 6901) to the array of items.
  public let itemsPointer: [String]
  /// The most items that are read; nil for all. 0 is as many as the service allows.
  public let maxItems: Int

  /// The most items AWS reads.
  public static let mostItems = 100_000_000

  static let delimiters: [String: UInt8] = [
    "COMMA": UInt8(ascii: ","), "PIPE": UInt8(ascii: "|"), "SEMICOLON": UInt8(ascii: ";"), "SPACE": UInt8(ascii: " "),
    "TAB": UInt8(ascii: "\t"),
  ]

  /// Reads `ReaderConfig` with `MaxItems` computed.
  public init(_ json: JSONObject) throws(ItemReadingFailure) {
    if let name = json["InputType"]?.string {
      guard let type = InputType(rawValue: name) else { throw ItemReadingFailure("InputType '\(name)' is not supported.") }
      inputType = type
    } else {
      inputType = nil
    }
    manifestType = json["ManifestType"]?.string.flatMap(ManifestType.init(rawValue:)) ?? .inventory
    flattens = json["Transformation"]?.string == "LOAD_AND_FLATTEN"
    let name = json["CSVDelimiter"]?.string ?? "COMMA"
    guard let delimiter = Self.delimiters[name] else { throw ItemReadingFailure("CSVDelimiter '\(name)' is not supported.") }
    self.delimiter = delimiter
    if json["CSVHeaderLocation"]?.string == "GIVEN" {
      header = .given((json["CSVHeaders"]?.array ?? []).compactMap(\.string))
    } else {
      header = .firstRow
    }
    let pointer = json["ItemsPointer"]?.string ?? ""
    guard pointer.isEmpty || pointer.hasPrefix("/") else { throw ItemReadingFailure("ItemsPointer '\(pointer)' is no JSON Pointer.") }
    itemsPointer = pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
    let limit = json["MaxItems"]?.int ?? 0
    maxItems = limit > 0 ? Int(clamping: min(limit, Int64(Self.mostItems))) : Self.mostItems
  }
}

/// Why items could not be read: the cause of `States.ItemReaderFailed`.
public struct ItemReadingFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let cause: String
  public init(_ cause: String) { self.cause = cause }
  public var description: String { cause }
  public static let error = "States.ItemReaderFailed"
}
