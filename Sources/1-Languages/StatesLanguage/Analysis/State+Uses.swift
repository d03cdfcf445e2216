import JSON
import JSONPath

/// What the fields of a state read.
extension State {
  struct PathUse {
    let field: String
    let path: JSONPath
    /// What the path is looked up in.
    let shape: Shape
  }

  struct VariableUse {
    let field: String
    let name: String
  }

  /// Paths into the state's data that fail when they name nothing.
  func pathUses(_ input: Shape) -> [PathUse] {
    var uses: [PathUse] = []
    func use(_ expression: QueryExpression?, _ field: String, _ shape: Shape) {
      guard let path = expression?.inputPath, path.isDefinite else { return }
      uses.append(PathUse(field: field, path: path, shape: shape))
    }
    if case .expression(let expression) = self.input.path { use(expression, "InputPath", input) }
    let effective = Self.select(self.input.path, input)
    for (field, expression, isTemplate) in expressions where field != "InputPath" && !Self.readsResult.contains(field) {
      use(expression, field, isTemplate || field != "OutputPath" ? effective : .unknown)
    }
    if case .choice(let fields) = kind {
      for (position, rule) in fields.rules.enumerated() where !rule.condition.asksPresence {
        for expression in rule.condition.expressions { use(expression, "Choices[\(position)]", effective) }
      }
    }
    return uses
  }

  /// Fields looked up in the state's result.
  private static let readsResult: Set<String> = ["ResultSelector", "Assign", "OutputPath"]

  /// Expressions of JSONPath fields.
  var expressions: [(field: String, expression: QueryExpression, isTemplate: Bool)] {
    var found: [(field: String, expression: QueryExpression, isTemplate: Bool)] = []
    func template(_ template: PayloadTemplate?, _ field: String) {
      found += (template?.expressions ?? []).map { (field, $0.expression, true) }
    }
    func single(_ expression: QueryExpression?, _ field: String) { if let expression { found.append((field, expression, false)) } }
    func quantity<Number>(_ quantity: Quantity<Number>?, _ field: String) {
      if case .path(let expression)? = quantity { single(expression, "\(field)Path") }
    }
    if case .expression(let expression) = input.path { single(expression, "InputPath") }
    if case .expression(let expression) = output.path { single(expression, "OutputPath") }
    template(input.parameters, "Parameters")
    template(output.selector, "ResultSelector")
    if case .jsonPath(let assigned)? = assign { template(assigned, "Assign") }
    switch kind {
    case .task(let fields):
      quantity(fields.timeoutSeconds, "TimeoutSeconds")
      quantity(fields.heartbeatSeconds, "HeartbeatSeconds")
      template(fields.credentials, "Credentials")
    case .wait(.seconds(let seconds)): quantity(seconds, "Seconds")
    case .wait(.timestampPath(let expression)): single(expression, "TimestampPath")
    case .fail(let fields):
      if case .path(let expression)? = fields.error { single(expression, "ErrorPath") }
      if case .path(let expression)? = fields.cause { single(expression, "CausePath") }
    case .map(let fields):
      single(fields.itemsPath, "ItemsPath")
      template(fields.itemSelector, "ItemSelector")
      quantity(fields.maxConcurrency, "MaxConcurrency")
      quantity(fields.toleratedFailureCount, "ToleratedFailureCount")
      quantity(fields.toleratedFailurePercentage, "ToleratedFailurePercentage")
      quantity(fields.itemReader?.maxItems, "ItemReader/ReaderConfig/MaxItems")
      quantity(fields.itemBatcher?.maxItems, "ItemBatcher/MaxItemsPerBatch")
      quantity(fields.itemBatcher?.maxInputBytes, "ItemBatcher/MaxInputBytesPerBatch")
      template(fields.itemReader?.parameters, "ItemReader")
      template(fields.itemBatcher?.batchInput, "ItemBatcher")
      template(fields.resultWriter?.parameters, "ResultWriter")
    default: break
    }
    return found
  }

  private var templates: [(field: String, template: JSONataTemplate)] {
    var found: [(String, JSONataTemplate)] = []
    func add(_ template: JSONataTemplate?, _ field: String) { if let template { found.append((field, template)) } }
    func add(_ assign: Assignment?, _ field: String) { if case .jsonata(let template)? = assign { found.append((field, template)) } }
    func quantity<Number>(_ quantity: Quantity<Number>?, _ field: String) {
      if case .jsonata(let expression)? = quantity { add(JSONataTemplate(.expression(expression)), field) }
    }
    func text(_ text: FailFields.Text?, _ field: String) {
      if case .jsonata(let expression)? = text { add(JSONataTemplate(.expression(expression)), field) }
    }
    add(input.arguments, "Arguments")
    add(output.output, "Output")
    add(assign, "Assign")
    for catcher in handlers?.catchers ?? [] {
      add(catcher.output, "Catch[\(catcher.index)]/Output")
      add(catcher.assign, "Catch[\(catcher.index)]/Assign")
    }
    switch kind {
    case .choice(let fields):
      for (position, rule) in fields.rules.enumerated() {
        add(rule.output, "Choices[\(position)]/Output")
        add(rule.assign, "Choices[\(position)]/Assign")
        if case .jsonata(let expression) = rule.condition {
          add(JSONataTemplate(.expression(expression)), "Choices[\(position)]/Condition")
        }
      }
    case .task(let fields):
      quantity(fields.timeoutSeconds, "TimeoutSeconds")
      quantity(fields.heartbeatSeconds, "HeartbeatSeconds")
      add(fields.credentialsJsonata, "Credentials")
    case .wait(.seconds(let seconds)): quantity(seconds, "Seconds")
    case .wait(.timestampJsonata(let expression)): add(JSONataTemplate(.expression(expression)), "Timestamp")
    case .fail(let fields):
      text(fields.error, "Error")
      text(fields.cause, "Cause")
    case .map(let fields):
      quantity(fields.maxConcurrency, "MaxConcurrency")
      quantity(fields.toleratedFailureCount, "ToleratedFailureCount")
      quantity(fields.toleratedFailurePercentage, "ToleratedFailurePercentage")
      quantity(fields.itemReader?.maxItems, "ItemReader/ReaderConfig/MaxItems")
      quantity(fields.itemBatcher?.maxItems, "ItemBatcher/MaxItemsPerBatch")
      quantity(fields.itemBatcher?.maxInputBytes, "ItemBatcher/MaxInputBytesPerBatch")
      add(fields.items, "Items")
      add(fields.itemSelectorJsonata, "ItemSelector")
      add(fields.itemReader?.argumentsJsonata, "ItemReader/Arguments")
      add(fields.itemBatcher?.batchInputJsonata, "ItemBatcher/BatchInput")
      add(fields.resultWriter?.argumentsJsonata, "ResultWriter/Arguments")
    default: break
    }
    return found
  }

  /// Assignments in JSONPath of the state's rules and catchers.
  private var innerAssignments: [(field: String, template: PayloadTemplate)] {
    var found: [(String, PayloadTemplate)] = []
    func add(_ assign: Assignment?, _ field: String) { if case .jsonPath(let template)? = assign { found.append((field, template)) } }
    for catcher in handlers?.catchers ?? [] { add(catcher.assign, "Catch[\(catcher.index)]/Assign") }
    if case .choice(let fields) = kind {
      for (position, rule) in fields.rules.enumerated() { add(rule.assign, "Choices[\(position)]/Assign") }
    }
    return found
  }

  /// Variables the state reads, by field.
  ///
  /// - Parameter tested: also those of conditions that ask whether something is there.
  func variableUses(tested: Bool = false) -> [VariableUse] {
    var uses: [VariableUse] = []
    func use(_ expression: QueryExpression, _ field: String) {
      uses += expression.variableNames.map { VariableUse(field: field, name: $0) }
    }
    for (field, expression, _) in expressions { use(expression, field) }
    for (field, template) in innerAssignments { for (expression, _) in template.expressions { use(expression, field) } }
    if case .choice(let fields) = kind, queryLanguage == .jsonPath {
      for (position, rule) in fields.rules.enumerated() where tested || !rule.condition.asksPresence {
        for expression in rule.condition.expressions { use(expression, "Choices[\(position)]") }
      }
    }
    for (field, template) in templates {
      uses += template.variableNames.sorted().map { VariableUse(field: field, name: $0) }
    }
    return uses
  }

  /// Variables the state sets, its rules' and catchers' among them.
  var assignedNames: [String] {
    var assignments = [assign]
    assignments += (handlers?.catchers ?? []).map(\.assign)
    if case .choice(let fields) = kind { assignments += fields.rules.map(\.assign) }
    return assignments.compactMap(\.self).flatMap(\.names)
  }
}

extension State.Assignment {
  var names: [String] {
    switch self {
    case .jsonPath(let template):
      let shape = template.shape(.unknown)
      guard case .object(let members, _) = shape else { return [] }
      return members.keys.sorted()
    case .jsonata(let template):
      guard case .object(let members, _) = template.shape else { return [] }
      return members.keys.sorted()
    }
  }
}

extension ChoiceFields.Condition {
  /// True when it asks whether something is there: what else it looks at then need not be.
  var asksPresence: Bool {
    switch self {
    case .and(let inner), .or(let inner): inner.contains(where: \.asksPresence)
    case .not(let inner): inner.asksPresence
    case .test(_, .isPresent): true
    case .test, .jsonata, .constant: false
    }
  }

  var expressions: [QueryExpression] {
    switch self {
    case .and(let inner), .or(let inner): inner.flatMap(\.expressions)
    case .not(let inner): inner.expressions
    case .test(let variable, let comparison): [variable] + comparison.expressions
    case .jsonata, .constant: []
    }
  }
}

extension ChoiceFields.Comparison {
  var expressions: [QueryExpression] {
    func path<Value>(_ operand: ChoiceFields.Operand<Value>) -> [QueryExpression] {
      if case .path(let expression) = operand { [expression] } else { [] }
    }
    return switch self {
    case .string(_, let operand): path(operand)
    case .numeric(_, let operand): path(operand)
    case .boolean(let operand): path(operand)
    case .timestamp(_, let operand): path(operand)
    default: []
    }
  }
}
