import JSON
import JSONPath

/// Reads the items of a distributed Map state step by step: says what to fetch, and makes items of what was fetched.
///
///     var reading = try ItemReading(source)
///     while let need = reading.need {
///       switch need {
///       case .object(let object): items += try reading.take(bytes: fetch(object))
///       case .listing(let listing): items += try reading.take(listing: list(listing))
///       }
///     }
public struct ItemReading: Sendable {
  /// What has to be fetched next.
  public enum Need: Sendable, Hashable {
    case object(ObjectPlace)
    /// ListObjectsV2.
    case listing(bucket: String, prefix: String?, continuationToken: String?, maxKeys: Int)
  }

  public struct ObjectPlace: Sendable, Hashable {
    public let bucket: String
    public let key: String
    public let versionID: String?
    /// The object is to be inflated before its bytes are taken.
    public var isCompressed: Bool { key.hasSuffix(".gz") }
  }

  /// What the next object is read for.
  private enum Purpose: Sendable {
    case items
    case manifest
    case inventoryFile(columns: [String])
  }

  private let configuration: ReaderConfiguration
  private let bucket: String
  private var pending: [(place: ObjectPlace, purpose: Purpose)] = []
  private var listing: (prefix: String?, token: String?)?
  /// Items that may still be read.
  private var left: Int
  /// Objects that one manifest or listing may name.
  private static let mostObjects = 1_000_000

  public init(_ source: MapRunRequest.Source) throws(ItemReadingFailure) {
    configuration = try ReaderConfiguration(source.configuration)
    left = configuration.maxItems
    let parameters = source.parameters.value
    guard let bucket = parameters["Bucket"]?.string, !bucket.isEmpty else {
      throw ItemReadingFailure("The ItemReader names no Bucket.")
    }
    self.bucket = bucket
    if source.resource?.hasSuffix(":s3:listObjectsV2") == true {
      listing = (parameters["Prefix"]?.string, nil)
      return
    }
    guard let key = parameters["Key"]?.string, !key.isEmpty else { throw ItemReadingFailure("The ItemReader names no Key.") }
    let place = ObjectPlace(bucket: bucket, key: key, versionID: parameters["VersionId"]?.string)
    let readsManifest = configuration.inputType == .manifest || source.configuration["ManifestType"] != nil
    pending = [(place, readsManifest ? .manifest : .items)]
  }

  /// Nil when all items were read.
  public var need: Need? {
    guard left > 0 else { return nil }
    if let next = pending.last { return .object(next.place) }
    guard let listing else { return nil }
    return .listing(bucket: bucket, prefix: listing.prefix, continuationToken: listing.token, maxKeys: min(left, 1_000))
  }

  /// Takes the bytes of the object that is needed, inflated.
  public mutating func take(bytes: [UInt8]) throws(ItemReadingFailure) -> [JSONValue] {
    guard let (_, purpose) = pending.popLast() else { return [] }
    switch purpose {
    case .items: return count(try configuration.items(in: bytes, limit: left))
    case .manifest:
      try readManifest(bytes)
      return []
    case .inventoryFile(let columns):
      var items: [JSONValue] = []
      var rows = CSVRows(bytes)
      while items.count < left, let row = rows.next() {
        items.append(.object(zip(columns, row).reduce(into: JSONObject()) { $0[$1.0] = .string($1.1) }))
      }
      if let failure = rows.failure { throw failure }
      return count(items)
    }
  }

  /// Takes a page of ListObjectsV2 as the operation answers it.
  public mutating func take(listing page: JSONValue) throws(ItemReadingFailure) -> [JSONValue] {
    guard let listed = listing else { return [] }
    if page["IsTruncated"]?.bool == true, let token = page["NextContinuationToken"]?.string {
      listing = (listed.prefix, token)
    } else {
      listing = nil
    }
    let contents = page["Contents"]?.array ?? []
    guard configuration.flattens else { return count(contents.prefix(left).map(Self.item)) }
    guard contents.count + pending.count <= Self.mostObjects else { throw Self.tooMany }
    // The last is taken first.
    pending = contents.reversed().compactMap { entry in
      entry["Key"]?.string.map { (ObjectPlace(bucket: bucket, key: $0, versionID: nil), .items) }
    }
    return []
  }

  private mutating func count(_ items: [JSONValue]) -> [JSONValue] {
    left -= items.count
    return items
  }

  /// An entry as Step Functions hands it on.
  private static func item(_ entry: JSONValue) -> JSONValue {
    var item = JSONObject()
    item["Etag"] = entry["ETag"]
    item["Key"] = entry["Key"]
    item["LastModified"] = entry["LastModified"]
    item["Size"] = entry["Size"]
    item["StorageClass"] = entry["StorageClass"]
    return .object(item)
  }

  private static let tooMany = ItemReadingFailure("The manifest or listing names more than \(mostObjects) objects.")

  private mutating func readManifest(_ bytes: [UInt8]) throws(ItemReadingFailure) {
    if configuration.manifestType == .athena { return try readAthenaManifest(bytes) }
    let manifest: JSONValue
    do throws(JSONParseError) { manifest = try JSONValue(parsing: bytes) } catch {
      throw ItemReadingFailure("Attempted to read an invalid manifest: \(error.message)")
    }
    guard manifest["fileFormat"]?.string == "CSV", let schema = manifest["fileSchema"]?.string, let files = manifest["files"]?.array else {
      throw ItemReadingFailure("Only S3 inventories in the format CSV are served.")
    }
    guard files.count <= Self.mostObjects else { throw Self.tooMany }
    let columns = schema.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
    let place = manifest["destinationBucket"]?.string.map { $0.split(separator: ":").last.map(String.init) ?? $0 } ?? bucket
    pending = files.reversed().compactMap { file in
      file["key"]?.string.map { (ObjectPlace(bucket: place, key: $0, versionID: nil), .inventoryFile(columns: columns)) }
    }
  }

  /// A row names one object, `s3://bucket/key`, whose items are in the configuration's format.
  private mutating func readAthenaManifest(_ bytes: [UInt8]) throws(ItemReadingFailure) {
    var rows = CSVRows(bytes)
    var places: [(place: ObjectPlace, purpose: Purpose)] = []
    while let row = rows.next() {
      guard let address = row.first, address.hasPrefix("s3://") else { continue }
      let parts = address.dropFirst(5).split(separator: "/", maxSplits: 1)
      guard parts.count == 2 else { throw ItemReadingFailure("The manifest names '\(address)', which is no object.") }
      guard places.count < Self.mostObjects else { throw Self.tooMany }
      places.append((ObjectPlace(bucket: String(parts[0]), key: String(parts[1]), versionID: nil), .items))
    }
    if let failure = rows.failure { throw failure }
    pending = places.reversed()
  }
}
