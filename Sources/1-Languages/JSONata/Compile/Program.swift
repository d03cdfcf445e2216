import JSON

/// A compiled expression with what an evaluation needs to begin.
///
/// Unchecked: nodes and scopes are not changed any more once the program is made.
final class Program: @unchecked Sendable {
  private var root: Node?
  private let scope: Scope
  /// Variables that the caller may give, and their slots.
  private let globals: [(name: String, slot: Int)]
  private let profile: JSONata.Profile
  private let isDynamic: Bool
  /// The expression is nested so deep that it needs a stack of its own.
  private let isDeep: Bool
  private let source: String

  private init(_ root: Node, _ scope: Scope, _ source: String, _ profile: JSONata.Profile, dynamic: Bool, deep: Bool) {
    self.root = root
    self.scope = scope
    self.source = source
    self.profile = profile
    globals = scope.slots.map { ($0.key, $0.value) }
    isDynamic = dynamic
    isDeep = deep
  }

  /// Variables that only the caller can give a value.
  var variables: [String] {
    let library = profile == .current ? Library.standard : Library.stepFunctions
    return scope.free.filter { library[$0] == nil && $0 != "$" && !$0.hasPrefix("!") }.sorted()
  }

  deinit {
    // Nodes release each other recursively.
    guard isDeep else { return }
    _ = Stack.onLarge { _ in self.root = nil }
  }

  static func compile(_ text: String, _ profile: JSONata.Profile) throws(JSONataError) -> Program {
    do {
      do { return try compile(text, profile, deepest: JSONata.shallow) } catch is Parser.TooDeep {}
      let deep = Stack.onLarge { _ in Result { try compile(text, profile, deepest: JSONata.deepest) } }
      guard let deep else { throw Parser.TooDeep() }
      return try deep.get()
    } catch let error as JSONataError {
      throw placed(error, text)
    } catch {
      throw JSONataError("U1001", value: .string("The expression is nested deeper than \(JSONata.deepest) levels")).explained()
    }
  }

  private static func compile(_ text: String, _ profile: JSONata.Profile, deepest: Int) throws -> Program {
    let tree = try Shaper.shape(try Parser.parse(text, profile, deepest: deepest))
    let isDynamic = profile == .current && Text.find("eval", in: text) != nil
    let scope = Scope(nil)
    scope.declare(in: tree)
    var compiler = Compiler(profile, scope, dynamic: isDynamic, evaluated: false)
    let root = try compiler.compile(tree)
    scope.close(makingFunctions: compiler.functions > 0)
    return Program(root, scope, text, profile, dynamic: isDynamic, deep: deepest > JSONata.shallow)
  }

  /// Byte offsets become UTF-16 offsets.
  private static func placed(_ error: JSONataError, _ source: String) -> JSONataError {
    var error = error.explained()
    if let position = error.position { error.position = Text.utf16Offset(source, position) }
    return error
  }

  func evaluate(
    _ input: JSONValue?, _ bindings: [String: JSONValue], _ sources: JSONata.Sources, _ limits: JSONata.Limits
  ) throws(JSONataError) -> JSONValue? {
    do {
      if isDeep {
        let result = Stack.onLarge { floor in Result { try self.begin(input, bindings, sources, limits, floor, large: true) } }
        guard let result else { throw Machine.stackOverflow }
        return try result.get()
      }
      return try begin(input, bindings, sources, limits, Stack.here() - Stack.borrowed, large: false)
    } catch let error as JSONataError {
      throw Self.placed(error, source)
    } catch { throw Self.placed(JSONataError("U1001", value: .string("\(error)")), source) }
  }

  private func begin(
    _ input: JSONValue?, _ bindings: [String: JSONValue], _ sources: JSONata.Sources, _ limits: JSONata.Limits, _ floor: UInt, large: Bool
  ) throws -> JSONValue? {
    guard let input else { return try run(.undefined, bindings, sources, limits, floor, large) }
    return try withUnsafePointer(to: input) { try run(Value(at: $0), bindings, sources, limits, floor, large) }
  }

  private static let noVariables = SharedFrame()

  private func run(
    _ input: Value, _ bindings: [String: JSONValue], _ sources: JSONata.Sources, _ limits: JSONata.Limits, _ floor: UInt, _ large: Bool
  ) throws -> JSONValue? {
    let machine = Machine(input, limits, sources, profile, largeStack: large, floor: floor, scope)
    if globals.isEmpty, !isDynamic { return try finish(machine, input, Self.noVariables.frame) }
    let frame = Frame(nil, scope.count)
    guard !bindings.isEmpty else { return try finish(machine, input, frame) }
    // The values stay where they are until the end.
    var values = ContiguousArray<JSONValue>()
    var slots: [Int] = []
    if isDynamic {
      frame.extra = [:]
      for (name, value) in bindings { frame.extra?[name] = Value(copying: value) }
    }
    for (name, slot) in globals {
      guard let value = bindings[name] else { continue }
      values.append(value)
      slots.append(slot)
      if Library.standard[name] != nil || Library.stepFunctions[name] != nil { machine.overridesFunctions = true }
    }
    return try values.withUnsafeBufferPointer { buffer in
      if let base = buffer.baseAddress { for (place, slot) in slots.enumerated() { frame[slot] = Value(at: base + place) } }
      return try finish(machine, input, frame)
    }
  }

  @inline(__always)
  private func finish(_ machine: Machine, _ input: Value, _ frame: Frame) throws -> JSONValue? {
    defer { machine.finish() }
    let context = input.isArray ? Machine.wrapped(input) : input
    guard let root else { return nil }
    return Output.json(try root.eval(machine, context, frame))
  }
}

/// The frame of expressions without variables.
///
/// Unchecked: nothing is ever put into it.
private final class SharedFrame: @unchecked Sendable {
  let frame = Frame(nil, 0)
}
