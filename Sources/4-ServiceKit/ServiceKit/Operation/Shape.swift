import JSON

/// A structure of a service's model: an operation's input or output or a part of one.
///
/// Property names are AWS's member names with the first letter in lower case; where a room's wire spells them otherwise,
/// `CodingKeys` say how. Structures inside an input declare limits of their own.
package protocol Shape: Codable, Sendable {
  static var limits: [Limit<Self>] { get }
}

extension Shape {
  package static var limits: [Limit<Self>] { [] }

  /// The sentences of every limit the value breaks, as AWS words them, in the order of declaration.
  func violations(at path: JSONPathNode?, except places: Set<String>) -> [String] {
    Self.limits.flatMap { limit -> [String] in
      let place = path.map { "\($0.text).\(limit.member)" } ?? limit.member
      if places.contains(place) { return [] }
      return limit.check(self).map { violation in
        "Value \(violation.value) at '\(place)' failed to satisfy constraint: \(violation.constraint)"
      }
    }
  }
}

/// A structure without members.
package struct Empty: Shape {
  package init() {}
}
