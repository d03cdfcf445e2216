/// What a series is: a key and a unit, since samples of different units never mix.
enum MetricSeries {
  struct Identity: Hashable, Sendable {
    var key: MetricKey
    var unit: String?
  }
}

extension [UInt8] {
  mutating func put(_ identity: MetricSeries.Identity) { put(identity.key, unit: identity.unit) }

  mutating func put(_ key: MetricKey, unit: String?) {
    put(key.scope)
    put(key.namespace)
    put(key.name)
    put(unit ?? "")
    put(varint: key.dimensions.count)
    for dimension in key.dimensions {
      put(dimension.name)
      put(dimension.value)
    }
  }
}

extension ByteReader {
  mutating func identity() -> MetricSeries.Identity {
    let (scope, namespace, name, unit) = (text(), text(), text(), text())
    let count = length()
    var dimensions: [Dimension] = []
    for _ in 0..<count where !isBroken { dimensions.append(Dimension(name: text(), value: text())) }
    return MetricSeries.Identity(
      key: MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions), unit: unit.isEmpty ? nil : unit)
  }
}
