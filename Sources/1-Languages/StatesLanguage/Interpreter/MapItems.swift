import JSON

/// What a Map state iterates over: values, or the members of an object as pairs.
struct MapItems {
  var values: [JSONValue]
  let arePairs: Bool

  init(_ values: [JSONValue], arePairs: Bool = false) {
    self.values = values
    self.arePairs = arePairs
  }

  func with(_ values: [JSONValue]) -> MapItems { MapItems(values, arePairs: arePairs) }

  subscript(index: Int) -> MapItem {
    let value = values[index]
    guard arePairs, let key = value["Key"]?.string else { return MapItem(index: index, value: value) }
    return MapItem(index: index, value: value["Value"] ?? .null, key: key)
  }
}
