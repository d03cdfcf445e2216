import JSON
import Time

extension AnomalyModel {
  /// The version of the stored form.
  static let version: Int64 = 1

  public var json: JSONValue {
    [
      "version": .int(Self.version), "state": .string(state.rawValue), "zone": .string(zone.identifier), "from": .int(trainedFrom),
      "until": .int(trainedUntil), "slope": .double(slope), "pattern": .array(pattern.map { .double($0) }),
      "spread": .array(spread.map { .double($0) }), "spikes": .array(spikes.map { .double($0) }), "smooth": .bool(isSmooth),
    ]
  }

  /// A model that was kept. Throws when it is none, or of a version that is not known.
  public init(json: JSONValue) throws(AnomalyModelError) {
    guard json["version"]?.int == Self.version else {
      throw AnomalyModelError(message: "An anomaly detection model of version \(json["version"]?.text ?? "none") is not known.")
    }
    guard let state = json["state"]?.string.flatMap(State.init), let name = json["zone"]?.string, let zone = try? Zone(identifier: name),
      let from = json["from"]?.int, let until = json["until"]?.int, let slope = json["slope"]?.double,
      let smooth = json["smooth"]?.bool, let pattern = Self.numbers(json["pattern"]), let spread = Self.numbers(json["spread"]),
      let spikes = Self.numbers(json["spikes"])
    else { throw AnomalyModelError(message: "The anomaly detection model is damaged.") }
    let far = TimeWindow.farthest
    guard [1, 24, 168].contains(pattern.count), spread.count == pattern.count, spikes.isEmpty || spikes.count == pattern.count,
      -far <= from, from <= until, until <= far
    else { throw AnomalyModelError(message: "The anomaly detection model is damaged.") }
    self.init(
      state: state, zone: zone, trainedFrom: from, trainedUntil: until, slope: slope, pattern: pattern, spread: spread, spikes: spikes,
      isSmooth: smooth)
  }

  private static func numbers(_ json: JSONValue?) -> [Double]? {
    guard let array = json?.array, array.count <= 168 else { return nil }
    let numbers = array.compactMap(\.double)
    return numbers.count == array.count ? numbers : nil
  }
}

/// Why a kept model can not be used.
public struct AnomalyModelError: Error, Hashable, Sendable, CustomStringConvertible {
  public let message: String
  public var description: String { message }
}
