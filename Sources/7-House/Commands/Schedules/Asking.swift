import ArgumentParser
import JSON
import Server
import ServiceKit
import Time

extension SubjectOptions {
  /// The members that name it in a call.
  var members: JSONObject {
    var input = JSONObject()
    input[rule ? "RuleName" : "Name"] = .string(name)
    input["GroupName"] = group.map { .string($0) }
    return input
  }
}

extension ClientOptions {
  /// Calls an operation of Scheduler's beyond AWS's; what is wrong ends the command with one sentence.
  func ask(_ operation: String, _ input: JSONObject) async throws -> JSONValue {
    do { return try await client().call("scheduler", operation, .object(input)) } catch let refusal as Refusal {
      throw Complaint(refusal.description)
    } catch let error as ConfigurationError { throw Complaint(error.description) }
  }

  /// The elements of every page of a listing, up to a limit.
  func all(_ operation: String, _ input: JSONObject, _ member: String, limit: Int = .max) async throws -> [JSONValue] {
    var (input, found) = (input, [JSONValue]())
    while true {
      let answer = try await ask(operation, input)
      found += answer[member]?.array ?? []
      guard found.count < limit, let next = answer["NextToken"], !next.isNull else { return Array(found.prefix(limit)) }
      input["NextToken"] = next
    }
  }
}

/// What a command says when it can not do what it was told; it ends with status 1.
struct Complaint: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// An instant as people write it.
struct InstantArgument: ExpressibleByArgument {
  let instant: Timestamp

  init?(argument text: String) { self.init(argument: text, now: SystemClock().now()) }

  init?(argument text: String, now: Timestamp) {
    if text == "now" {
      instant = now
    } else if let sign = text.first, sign == "-" || sign == "+" {
      let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
      guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropFirst().dropLast()), number >= 0, number < 1_000_000
      else { return nil }
      instant = sign == "-" ? now - .seconds(number * unit) : now + .seconds(number * unit)
    } else if let found = Timestamp(iso8601: text) ?? Timestamp(iso8601: text + "T00:00:00Z") ?? Timestamp(iso8601: text + "Z") {
      instant = found
    } else {
      return nil
    }
  }

  var json: JSONValue { .double(instant.epochSeconds) }
}

extension JSONValue {
  /// An instant as tables show it: to the second in UTC, more where it has more.
  var shownInstant: String {
    guard let seconds = double else { return "-" }
    let instant = Timestamp(epochSeconds: seconds)
    return instant.iso8601(instant.microseconds % 1_000_000 == 0 ? .seconds : .milliseconds)
  }
}

/// Columns of equal width under their titles.
enum Table {
  static func text(_ titles: [String], _ rows: [[String]]) -> String {
    if rows.isEmpty { return "none" }
    let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
    return ([titles] + rows).map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      return line
    }.joined(separator: "\n")
  }
}
