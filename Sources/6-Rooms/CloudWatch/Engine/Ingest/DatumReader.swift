import JSON
import Series
import ServiceKit
import Time

/// Reads the data of PutMetricData, each by one walk over its members, and says what is wrong with one in AWS's words.
struct DatumReader {
  private(set) var samples: [MetricSample] = []
  private let namespace: String
  private let scope: String
  private let dialect: JSONDialect
  private let now: Timestamp
  private let oldest: Timestamp
  private let newest: Timestamp
  private let isStrict: Bool
  private let most: Int
  private let mostValues: Int
  static let mostDimensions = 30

  /// - Parameter isStrict: whether AWS's quotas hold.
  init(namespace: JSONValue?, scope: String, dialect: JSONDialect, now: Timestamp, isStrict: Bool) throws(Fault) {
    guard let namespace = namespace?.string, !namespace.isEmpty else { throw .missingParameter("The parameter Namespace is required.") }
    if namespace.utf16.count > 255 { throw .invalidValue("The parameter Namespace must be shorter than 256 characters.") }
    if namespace.hasPrefix(":") || (isStrict && namespace.hasPrefix("AWS/")) {
      throw .invalidValue("The value \(namespace) for parameter Namespace is invalid.")
    }
    self.namespace = namespace
    self.scope = scope
    self.dialect = dialect
    self.now = now
    self.isStrict = isStrict
    newest = now + .seconds(7_200)
    // Without AWS's quotas older samples are welcome: a past that is filled in later.
    oldest = isStrict ? now - .seconds(14 * 86_400) : Timestamp(seconds: 0)
    most = isStrict ? 1_000 : 100_000
    mostValues = isStrict ? 150 : 10_000
  }

  /// The elements of a list; nil when it is absent.
  func list(_ value: JSONValue?, _ name: String) throws(Fault) -> [JSONValue]? {
    switch value {
    case nil, .null?: return nil
    case .array(let elements)?: return elements
    // An empty list in a form.
    case .string("")? where dialect == .text: return []
    case let other?: throw .serialization("\(other.kindName) can not be converted to List at '\(name)'")
    }
  }

  mutating func read(_ data: [JSONValue], _ list: String) throws(Fault) {
    guard samples.count + data.count <= most else {
      throw .invalidValue("The collection MetricData must not have a size greater than \(most).")
    }
    samples.reserveCapacity(samples.count + data.count)
    for (position, datum) in data.enumerated() {
      guard case .object(let members) = datum else {
        throw .serialization("\(datum.kindName) can not be converted to Structure at '\(list).member.\(position + 1)'")
      }
      samples.append(try sample(members, DatumPlace(list: list, position: position)))
    }
  }

  private func sample(_ members: JSONObject, _ place: DatumPlace) throws(Fault) -> MetricSample {
    var name: String?
    var dimensions: [Dimension] = []
    var at = now
    var unit: String?
    var (value, set, values, counts): (Double?, JSONObject?, [JSONValue]?, [JSONValue]?)
    var resolution = 60
    for member in members.members {
      if case .null = member.value { continue }
      switch member.key {
      case "MetricName": name = try text(member.value, place, "MetricName")
      case "Dimensions": dimensions = try self.dimensions(member.value, place)
      case "Timestamp": at = try instant(member.value, place)
      case "Value": value = try number(member.value, place, "Value")
      case "StatisticValues":
        guard let object = member.value.object else { throw mismatch(member.value, "Structure", place, "StatisticValues") }
        set = object
      case "Values": values = try list(member.value, "\(place).Values")
      case "Counts": counts = try list(member.value, "\(place).Counts")
      case "Unit": unit = try self.unit(member.value, place)
      case "StorageResolution": resolution = try self.resolution(member.value, place)
      default: break
      }
    }
    guard let name, !name.isEmpty else { throw .missingParameter("The parameter \(place).MetricName is required.") }
    if name.utf8.count > 255, name.utf16.count > 255 {
      throw .invalidValue("The parameter \(place).MetricName must be shorter than 256 characters.")
    }
    let data = try self.data(value, set, values, counts, place)
    return MetricSample(
      key: MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions), at: at, unit: unit, data: data,
      resolution: resolution)
  }

  // MARK: Members

  private func dimensions(_ value: JSONValue, _ place: DatumPlace) throws(Fault) -> [Dimension] {
    let elements = try list(value, "\(place).Dimensions") ?? []
    if elements.count > Self.mostDimensions {
      throw .invalidValue("The collection \(place).Dimensions must not have a size greater than \(Self.mostDimensions).")
    }
    var dimensions: [Dimension] = []
    dimensions.reserveCapacity(elements.count)
    for (position, element) in elements.enumerated() {
      guard case .object(let members) = element else { throw mismatch(element, "Structure", place, "Dimensions.member.\(position + 1)") }
      let name = try dimension(members["Name"], 255, place, position, "Name")
      let value = try dimension(members["Value"], 1_024, place, position, "Value")
      if dimensions.contains(where: { $0.name == name }) {
        throw .invalidValue("The dimension \(name) appears more than once in the parameter \(place).Dimensions.")
      }
      dimensions.append(Dimension(name: name, value: value))
    }
    return dimensions
  }

  private func dimension(_ value: JSONValue?, _ longest: Int, _ place: DatumPlace, _ position: Int, _ member: String) throws(Fault)
    -> String
  {
    guard let value, !value.isNull, value != "" else {
      throw .missingParameter("The parameter \(place).Dimensions.member.\(position + 1).\(member) is required.")
    }
    let text = try text(value, place, "Dimensions.member.\(position + 1).\(member)")
    if text.utf8.count > longest, text.utf16.count > longest {
      throw .invalidValue(
        "The parameter \(place).Dimensions.member.\(position + 1).\(member) must be shorter than \(longest + 1) characters.")
    }
    if isStrict, !text.utf8.allSatisfy({ $0 < 0x80 }) || text.hasPrefix(":") && member == "Name" {
      throw .invalidValue("The value \(text) for parameter \(place).Dimensions.member.\(position + 1).\(member) is invalid.")
    }
    return text
  }

  private func instant(_ value: JSONValue, _ place: DatumPlace) throws(Fault) -> Timestamp {
    guard let at = try? Timestamp(json: value, dialect: dialect) else { throw mismatch(value, "Timestamp", place, "Timestamp") }
    if at > newest {
      throw .invalidValue("The parameter \(place).Timestamp must specify a time no more than two hours in the future.")
    }
    if at < oldest { throw .invalidValue("The parameter \(place).Timestamp must specify a time no more than two weeks in the past.") }
    return at
  }

  private func unit(_ value: JSONValue, _ place: DatumPlace) throws(Fault) -> String? {
    let unit = try text(value, place, "Unit")
    if unit == "None" { return nil }
    guard StandardUnit.all.contains(unit) else { throw .invalidValue("The value \(unit) for parameter \(place).Unit is invalid.") }
    return unit
  }

  private func resolution(_ value: JSONValue, _ place: DatumPlace) throws(Fault) -> Int {
    let given = value.int ?? (dialect == .text ? value.string.flatMap { Int64($0) } : nil)
    switch given {
    case 1?: return 1
    case 60?: return 60
    default:
      throw .invalidValue(
        "The value \(value.string ?? value.text) for parameter \(place).StorageResolution is invalid: it must be 1 or 60.")
    }
  }

  /// The member's name is made only when it is needed.
  private func text(_ value: JSONValue, _ place: DatumPlace, _ member: @autoclosure () -> String) throws(Fault) -> String {
    guard case .string(let text) = value else { throw mismatch(value, "String", place, member()) }
    return text
  }

  // MARK: Values

  private func data(
    _ value: Double?, _ set: JSONObject?, _ values: [JSONValue]?, _ counts: [JSONValue]?, _ place: DatumPlace
  ) throws(Fault) -> MetricSample.Data {
    if let value, set == nil, values == nil, counts == nil { return .value(value) }
    if set != nil, value != nil || values != nil {
      throw .invalidCombination(
        "The parameters \(place).\(value != nil ? "Value" : "Values") and \(place).StatisticValues are mutually exclusive and you have specified both."
      )
    }
    if value != nil, values != nil {
      throw .invalidCombination("The parameters \(place).Value and \(place).Values are mutually exclusive and you have specified both.")
    }
    if let set { return try statisticSet(set, place) }
    guard let values else {
      if value != nil || counts != nil {
        throw .invalidCombination("The parameter \(place).Counts needs the parameter \(place).Values.")
      }
      throw .missingParameter("At least one of the parameters \(place).Value, \(place).Values and \(place).StatisticValues must be given.")
    }
    return try distribution(values, counts, place)
  }

  private func distribution(_ values: [JSONValue], _ counts: [JSONValue]?, _ place: DatumPlace) throws(Fault) -> MetricSample.Data {
    if values.count > mostValues {
      throw .invalidValue("The collection \(place).Values must not have a size greater than \(mostValues).")
    }
    guard !values.isEmpty, counts.map({ $0.count == values.count }) ?? true else {
      throw .invalidValue("The parameters \(place).Values and \(place).Counts must be of the same size, and not empty.")
    }
    var pairs: [(Double, Double)] = []
    pairs.reserveCapacity(values.count)
    for position in values.indices {
      let value = try number(values[position], place, "Values.member.\(position + 1)")
      var count = 1.0
      if let counts {
        count = try number(counts[position], place, "Counts.member.\(position + 1)")
        guard count > 0 else { throw invalid(counts[position], place, "Counts.member.\(position + 1)") }
      }
      pairs.append((value, count))
    }
    return .values(pairs)
  }

  private func statisticSet(_ set: JSONObject, _ place: DatumPlace) throws(Fault) -> MetricSample.Data {
    func member(_ name: String) throws(Fault) -> Double {
      guard let value = set[name], !value.isNull else {
        throw .missingParameter("The parameter \(place).StatisticValues.\(name) is required.")
      }
      return try number(value, place, "StatisticValues.\(name)")
    }
    let (count, sum) = (try member("SampleCount"), try member("Sum"))
    let (least, greatest) = (try member("Minimum"), try member("Maximum"))
    guard count > 0, least <= greatest else {
      throw .invalidValue("The parameter \(place).StatisticValues needs a SampleCount above 0 and a Minimum not above its Maximum.")
    }
    return .statisticSet(count: count, sum: sum, min: least, max: greatest)
  }

  /// A finite number within ±2^360. The member's name is made only when it is needed.
  private func number(_ value: JSONValue, _ place: DatumPlace, _ member: @autoclosure () -> String) throws(Fault) -> Double {
    let number: Double
    switch value {
    case .int(let whole): number = Double(whole)
    case .double(let given): number = given
    case .string(let text) where dialect == .text || ["NaN", "Infinity", "-Infinity"].contains(text):
      guard let given = Double(text == "Infinity" ? "inf" : text == "-Infinity" ? "-inf" : text) else {
        throw invalid(value, place, member())
      }
      number = given
    case .bigInteger(let digits): number = Double(digits) ?? .infinity
    default: throw mismatch(value, "Double", place, member())
    }
    guard number.magnitude <= 0x1p360 else { throw invalid(value, place, member()) }
    return number
  }

  private func invalid(_ value: JSONValue, _ place: DatumPlace, _ member: String) -> Fault {
    .invalidValue("The value \(value.string ?? value.text) for parameter \(place).\(member) is invalid.")
  }

  private func mismatch(_ value: JSONValue, _ expected: String, _ place: DatumPlace, _ member: String) -> Fault {
    .serialization("\(value.kindName) can not be converted to \(expected) at '\(place).\(member)'")
  }
}

/// Which datum a sentence is about; its words are made only when one is needed.
struct DatumPlace: CustomStringConvertible {
  let list: String
  let position: Int
  var description: String { "\(list).member.\(position + 1)" }
}
