/// A name and value that tell series of one metric name apart.
package struct Dimension: Hashable, Comparable, Sendable {
  package let name: String
  package let value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  package static func < (left: Self, right: Self) -> Bool { left.name != right.name ? left.name < right.name : left.value < right.value }
}

/// What a series must have to be found.
package struct DimensionFilter: Hashable, Sendable {
  package let name: String
  /// Nil for any value.
  package let value: String?

  package init(name: String, value: String?) {
    self.name = name
    self.value = value
  }
}

/// Names one series of samples.
package struct MetricKey: Hashable, Comparable, Sendable {
  /// Whose metric it is: "account/region".
  package let scope: String
  package let namespace: String
  package let name: String
  /// In the order of their names.
  package let dimensions: [Dimension]

  /// The dimensions may come in any order.
  package init(scope: String, namespace: String, name: String, dimensions: [Dimension]) {
    self.scope = scope
    self.namespace = namespace
    self.name = name
    self.dimensions = dimensions.count > 1 ? dimensions.sorted() : dimensions
  }

  package static func < (left: Self, right: Self) -> Bool {
    if left.scope != right.scope { return left.scope < right.scope }
    if left.namespace != right.namespace { return left.namespace < right.namespace }
    if left.name != right.name { return left.name < right.name }
    return left.dimensions.lexicographicallyPrecedes(right.dimensions)
  }
}
