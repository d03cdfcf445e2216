import Crypto
import JSON
import ServiceKit
import Store

/// A long text of an execution, kept beside its rows: histories, lists and states stay small however large the data is, and data that
/// is passed on unchanged is stored once.
struct LargeText: Resource {
  static let kind = "states.text"
  /// Texts from this many UTF-8 bytes on are large.
  static let threshold = 16_384
  var execution: String
  /// The digest of the text.
  var name: String
  var text: String
  var key: String { Self.key(execution, name) }
  static func key(_ execution: String, _ name: String) -> String { "\(execution)/\(name)" }

  static func name(of text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).reduce(into: "") { name, byte in
      if byte < 16 { name += "0" }
      name += String(byte, radix: 16)
    }
  }
}

/// Takes long texts out of events before they are stored, and puts them back. In stored events an object stands for such a text, where
/// AWS's events have texts only.
struct HistoryTexts {
  /// No name of a variable begins like this.
  private static let mark = "$large"
  let execution: String
  private var kept: Set<String> = []

  init(execution: String) { self.execution = execution }

  /// The event as it is stored; texts it leaves out go to `keep`.
  mutating func stored(_ event: JSONValue, keep: (LargeText) throws -> Void) rethrows -> [UInt8] {
    let bytes = event.bytes
    guard bytes.count > LargeText.threshold, case .object(var object) = event else { return bytes }
    for (member, details) in object {
      guard case .object(var texts) = details else { continue }
      for (name, value) in texts {
        guard case .string(let text) = value, text.utf8.count >= LargeText.threshold else { continue }
        let large = LargeText(execution: execution, name: LargeText.name(of: text), text: text)
        if kept.insert(large.name).inserted { try keep(large) }
        texts[name] = [Self.mark: .string(large.name)]
      }
      object[member] = .object(texts)
    }
    return JSONValue.object(object).bytes
  }

  /// The event as it was.
  static func restored(_ event: JSONValue, _ text: (String) throws -> String?) rethrows -> JSONValue {
    guard case .object(var object) = event else { return event }
    for (member, details) in object {
      guard case .object(var texts) = details else { continue }
      var isChanged = false
      for (name, value) in texts {
        guard case .object(let reference) = value, let key = reference[mark]?.string else { continue }
        texts[name] = try text(key).map { .string($0) }
        isChanged = true
      }
      if isChanged { object[member] = .object(texts) }
    }
    return .object(object)
  }
}

extension Call where Home == StepFunctions {
  func input(of execution: Execution) throws -> String {
    guard let name = execution.largeInput else { return execution.input }
    return try large(name, execution.key)
  }

  func output(of execution: Execution) throws -> String? {
    guard let name = execution.largeOutput else { return execution.output }
    return try large(name, execution.key)
  }

  private func large(_ name: String, _ execution: String) throws -> String {
    guard let large = try get(LargeText.self, LargeText.key(execution, name)) else {
      throw StoreFault.damaged("The text \(name) of the execution \(execution) is not there.")
    }
    return large.text
  }

  /// Moves the execution's input or output out of its row when it is long.
  func setLarge(
    _ text: String, _ execution: inout Execution, _ field: WritableKeyPath<Execution, String?>
  ) throws -> Bool {
    guard text.utf8.count >= LargeText.threshold else { return false }
    let large = LargeText(execution: execution.key, name: LargeText.name(of: text), text: text)
    try put(large)
    execution[keyPath: field] = large.name
    return true
  }

  /// A stored event as it was recorded.
  func event(_ record: LedgerRecord, of execution: Execution) throws -> JSONValue {
    let event = try JSONValue(parsing: record.body)
    return try HistoryTexts.restored(event) { try large($0, execution.key) }
  }

  /// Removes everything an ended execution leaves.
  func erase(_ execution: Execution) throws {
    try transaction.delete(execution.history(partition))
    try delete(RunningExecution.self, execution.key)
    var texts: [String] = []
    try transaction.forEach(LargeText.self, in: partition, prefix: "\(execution.key)/") {
      texts.append($0.key)
      return true
    }
    for text in texts { try delete(LargeText.self, text) }
    let prefix = "\(execution.key)/"
    let runs = try transaction.page(
      MapRun.self, in: partition, CatalogQuery(.index("parent", from: prefix, to: prefix + "\u{7F}"), limit: 10_000))
    for run in runs.items { try erase(run) }
    try transaction.cancel(ForgetExecution.queue, key: execution.key, in: partition)
    try delete(Execution.self, execution.key)
  }
}
