import JSON
import JSONPath

extension DefinitionParser {
  mutating func map(_ fields: Fields, _ language: QueryLanguage, _ scope: Scope) -> MapFields? {
    let retriers = retriers(fields)
    let catchers = catchers(fields, language, scope)
    let selectorName = only(oneOf: ["ItemSelector", "Parameters"], in: fields, required: false)
    let selector = language == .jsonPath ? selectorName.flatMap { template($0, fields) } : nil
    let name = only(oneOf: ["ItemProcessor", "Iterator"], in: fields, required: true)
    guard let name, let processor = object(name, fields) else { return nil }
    allow(["Comment", "StartAt", "States", "ProcessorConfig"], in: processor)
    let mode = mode(processor)
    let position = flow(processor, depth: scope.depth + 1)
    return MapFields(
      processor: position, mode: mode, itemsPath: expression("ItemsPath", fields, reference: true), items: items(fields, language),
      itemSelector: selector, itemSelectorJsonata: language == .jsonata ? jsonataTemplate("ItemSelector", fields) : nil,
      maxConcurrency: quantity("MaxConcurrency", fields, language, 0...Int64.max),
      toleratedFailureCount: quantity("ToleratedFailureCount", fields, language, 0...Int64.max),
      toleratedFailurePercentage: percentage(fields, language), itemReader: source("ItemReader", "ReaderConfig", fields, language),
      itemBatcher: batcher(fields, language), resultWriter: source("ResultWriter", "WriterConfig", fields, language),
      label: label(fields), retriers: retriers, catchers: catchers)
  }

  /// JSONata's `Items`: an array or an expression.
  private mutating func items(_ fields: Fields, _ language: QueryLanguage) -> JSONataTemplate? {
    guard language == .jsonata, let value = fields.object["Items"] else { return nil }
    switch value {
    case .array: return jsonataTemplate("Items", fields)
    case .string(let text) where JSONataExpression.marks(text): return jsonataTemplate("Items", fields)
    default:
      refuse("Expected value of type [ARRAY]", at: fields.at("Items"))
      return nil
    }
  }

  private mutating func mode(_ processor: Fields) -> MapFields.Mode {
    guard let configuration = object("ProcessorConfig", processor) else { return .inline }
    let mode = choice("Mode", configuration, ["INLINE", "DISTRIBUTED"])
    guard mode == "DISTRIBUTED" else {
      allow(["Mode", "Comment"], in: configuration)
      return .inline
    }
    allow(["Mode", "ExecutionType", "Comment"], in: configuration)
    if type == .express {
      refuse(
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines", at: configuration.at("Mode"))
    }
    require(["ExecutionType"], in: configuration)
    let execution = choice("ExecutionType", configuration, ["STANDARD", "EXPRESS"]).flatMap(WorkflowType.init(rawValue:))
    return .distributed(execution ?? .standard)
  }

  private mutating func percentage(_ fields: Fields, _ language: QueryLanguage) -> State.Quantity<Double>? {
    let name = "ToleratedFailurePercentage"
    switch only(oneOf: [name, "\(name)Path"], in: fields, required: false) {
    case nil: return nil
    case name:
      if language == .jsonata, case .string(let text)? = fields.object[name], JSONataExpression.marks(text) {
        return jsonataExpression(text, at: fields.at(name)).map(State.Quantity.jsonata)
      }
      return number(name, fields, 0...100, shown: ("0", "100")).map(State.Quantity.literal)
    default: return expression("\(name)Path", fields).map(State.Quantity.path)
    }
  }

  private mutating func label(_ fields: Fields) -> String? {
    guard let label = text("Label", fields) else { return nil }
    if label.unicodeScalars.count > 40 {
      findings.append(
        Diagnostic(
          .invalidLabelName, "Label '\(label)' exceeds the 40-character limit allowed by the service", at: fields.at("Label")))
    }
    let forbidden: Set<Character> = [
      "?", "*", "<", ">", "{", "}", "[", "]", ":", ";", ",", "\\", "|", "^", "~", "$", "#", "%", "&", "`", "\"", " ",
    ]
    if label.isEmpty || label.contains(where: { forbidden.contains($0) }) {
      findings.append(Diagnostic(.invalidLabelName, "Label '\(label)' contains invalid characters", at: fields.at("Label")))
    }
    if !labels.insert(label).inserted {
      findings.append(Diagnostic(.duplicateLabelName, "Duplicate Label name: \(label)", at: fields.at("Label")))
    }
    return label
  }

  private mutating func source(
    _ name: String, _ configurationName: String, _ fields: Fields, _ language: QueryLanguage
  ) -> MapFields.ItemSource? {
    guard let source = object(name, fields) else { return nil }
    allow(["Resource", "Parameters", "Arguments", configurationName], in: source)
    refuseOtherLanguage(["Parameters"], ["Arguments"], source, language)
    if name == "ItemReader" { require(["Resource"], in: source) }
    let resource = text("Resource", source)
    let known = name == "ItemReader" ? ["s3:getObject", "s3:listObjectsV2"] : ["s3:putObject"]
    if let resource, !known.contains(where: { resource.hasPrefix("arn:") && resource.hasSuffix(":states:::\($0)") }) {
      refuse("The field 'Resource' does not match any of the allowed values", at: source.at("Resource"))
    }
    let configuration = object(configurationName, source)
    if let configuration, name == "ItemReader" { checkReader(configuration) }
    return MapFields.ItemSource(
      resource: resource, parameters: language == .jsonPath ? template("Parameters", source) : nil,
      argumentsJsonata: language == .jsonata ? jsonataTemplate("Arguments", source) : nil,
      configuration: configuration?.object ?? JSONObject(),
      maxItems: name == "ItemReader"
        ? configuration.flatMap { quantity("MaxItems", $0, language, 0...Int64(ReaderConfiguration.mostItems)) } : nil)
  }

  private mutating func checkReader(_ configuration: Fields) {
    switch choice("InputType", configuration, ["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]) {
    case "CSV":
      if !configuration.has("CSVHeaderLocation") { refuse("The field 'CSVHeaderLocation' is required", at: configuration.location) }
      if choice("CSVHeaderLocation", configuration, ["FIRST_ROW", "GIVEN"]) == "GIVEN" {
        require(["CSVHeaders"], in: configuration)
      }
    case "JSON", "JSONL":
      if configuration.has("CSVHeaderLocation") { refuse("Field 'CSVHeaderLocation' is not supported", at: configuration.location) }
    default: break
    }
  }

  private mutating func batcher(_ fields: Fields, _ language: QueryLanguage) -> MapFields.ItemBatcher? {
    guard let batcher = object("ItemBatcher", fields) else { return nil }
    allow(
      ["BatchInput", "MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"], in: batcher)
    let items = quantity("MaxItemsPerBatch", batcher, language, 1...Int64.max)
    let bytes = quantity("MaxInputBytesPerBatch", batcher, language, 1...262_144)
    if items == nil, bytes == nil {
      refuse(
        "This object should have at least one of the following fields: [MaxItemsPerBatch, MaxInputBytesPerBatch]",
        at: batcher.location)
    }
    return MapFields.ItemBatcher(
      maxItems: items, maxInputBytes: bytes, batchInput: language == .jsonPath ? template("BatchInput", batcher) : nil,
      batchInputJsonata: language == .jsonata ? jsonataTemplate("BatchInput", batcher) : nil)
  }
}
