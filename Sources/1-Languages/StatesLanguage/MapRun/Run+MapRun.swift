import JSON
import JSONPath
import Time

/// Map states whose items run as executions of their own. Their running is the caller's; what goes in and out is decided here.
extension Run {
  typealias MapLimits = (width: Int64, toleratedCount: Int64?, toleratedPercentage: Double?)

  mutating func startMapRun(
    _ type: WorkflowType, _ items: MapItems, _ limits: MapLimits, _ strand: inout Strand, _ state: State, _ fields: MapFields,
    _ effective: Payload, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let batching = try batching(fields, effective, strand, state, around)
    let content: MapRunRequest.Items
    if let reader = fields.itemReader {
      content = .reader(try source(reader, "ItemReader", effective, strand, state, around), batching: batching)
    } else {
      var inputs: [Payload] = []
      inputs.reserveCapacity(items.values.count)
      for index in items.values.indices { inputs.append(try childInput(items[index], fields, effective, strand, state, around)) }
      content = .inline(batching.map { $0.batches(of: inputs) } ?? inputs)
    }
    let writer: MapRunRequest.Source?
    if let fields = fields.resultWriter {
      writer = try source(fields, "ResultWriter", effective, strand, state, around)
    } else {
      writer = nil
    }
    let id = ownedID()
    effects.append(
      .startMapRun(
        MapRunRequest(
          id: id, state: state.name, label: fields.label, flow: fields.processor, executionType: type,
          items: content, isBatched: batching != nil, maxConcurrency: limits.width, toleratedFailureCount: limits.toleratedCount,
          toleratedFailurePercentage: limits.toleratedPercentage, resultWriter: writer)))
    strand.step?.mapRun = nil
    strand.step?.wait = .mapRun(id)
    return .waiting
  }

  mutating func redrive(mapRun id: Int, _ strand: inout Strand) -> StateOutcome {
    state.owners[id] = path
    effects.append(.redriveMapRun(id: id))
    strand.step?.mapRun = nil
    strand.step?.wait = .mapRun(id)
    return .waiting
  }

  func source(
    _ fields: MapFields.ItemSource, _ place: String, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> MapRunRequest.Source {
    var parameters = Payload.empty
    if let arguments = fields.argumentsJsonata { parameters = try evaluate(arguments, "\(place)/Arguments", .none, strand, state, around) }
    if let template = fields.parameters { parameters = try fill(template, strand, state, input: effective, around) }
    var configuration = fields.configuration
    if let quantity = fields.maxItems {
      let most = try whole(quantity, "MaxItems", effective, strand, state, around)
      guard most >= 0 else {
        throw unsuitable(
          "\(place)/ReaderConfig/MaxItems", "Expected non-negative integer for MaxItems, got '\(most)' instead.", strand, state)
      }
      configuration["MaxItems"] = .int(most)
    }
    return MapRunRequest.Source(resource: fields.resource, parameters: parameters, configuration: configuration)
  }

  func batching(
    _ fields: MapFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> MapRunRequest.Batching? {
    guard let batcher = fields.itemBatcher else { return nil }
    func size(_ quantity: State.Quantity<Int64>?, _ field: String) throws(Failure) -> Int64? {
      guard let quantity else { return nil }
      let size = try whole(quantity, field, effective, strand, state, around)
      guard size > 0 else {
        throw unsuitable("ItemBatcher/\(field)", "Expected positive integer for \(field), got '\(size)' instead.", strand, state)
      }
      return size
    }
    var input: JSONValue?
    if let template = batcher.batchInputJsonata {
      input = try evaluate(template, "ItemBatcher/BatchInput", .none, strand, state, around).value
    }
    if let template = batcher.batchInput { input = try fill(template, strand, state, input: effective, around).value }
    return MapRunRequest.Batching(
      maxItems: try size(batcher.maxItems, "MaxItemsPerBatch"),
      maxInputBytes: try size(batcher.maxInputBytes, "MaxInputBytesPerBatch"), batchInput: input)
  }

  mutating func report(
    _ event: ExecutionEvent, mapRun id: Int, _ strand: inout Strand, _ state: State, _ around: Surroundings
  ) -> StateOutcome? {
    switch event {
    case .mapRunStarted(_, let arn):
      strand.last = record(.mapRunStarted, strand.last, .mapRun(arn: arn))
      return .waiting
    case .mapRunSucceeded(_, let output):
      self.state.owners[id] = nil
      let started = strand.last
      let succeeded = record(.mapRunSucceeded, started)
      let exit = exitFollowsStart(strand, state) ? started : succeeded
      return conclude(.mapStateSucceeded, after: succeeded, line: exit, output, &strand, state, around)
    case .mapRunFailed(_, let error, let cause):
      self.state.owners[id] = nil
      strand.last = record(.mapRunFailed, strand.last, .failure(error: error, cause: cause))
      strand.step?.mapRun = id
      return handle(.named(error, cause), &strand, state, around)
    case .mapRunRedriven(_, let arn, let count):
      strand.last = record(.mapRunRedriven, strand.last, .mapRunRedriven(arn: arn, count: count))
      return .waiting
    case .mapRunGone:
      self.state.owners[id] = nil
      strand.step?.wait = .none
      return execute(&strand, state, around)
    default: return nil
    }
  }

  /// Whether `MapStateExited` points back to the start of the map run instead of its success. Undocumented: AWS's recorded histories
  /// do so where the state ends its flow without being the flow's first, and in no others.
  private func exitFollowsStart(_ strand: Strand, _ state: State) -> Bool {
    state.transition == .end && step(strand).state != interpreter.definition.flows[strand.flow].start
  }
}

extension MapRunRequest.Batching {
  /// Items put together in order, each batch as large as it may be.
  public func batches(of items: [Payload]) -> [Payload] {
    var batches: [Payload] = []
    var open: [Payload] = []
    var bytes = 0
    let overhead = (batchInput?.text.utf8.count ?? 0) + 32
    func close() {
      guard !open.isEmpty else { return }
      var batch = JSONObject()
      if let batchInput { batch["BatchInput"] = batchInput }
      batch["Items"] = .array(open.map(\.value))
      batches.append(Payload(.object(batch)))
      open = []
      bytes = 0
    }
    for item in items {
      let size = item.text.utf8.count + 1
      let isFull = maxItems.map { Int64(open.count) >= $0 } ?? false
      let isHeavy = maxInputBytes.map { Int64(overhead + bytes + size) > $0 } ?? false
      if isFull || isHeavy { close() }
      open.append(item)
      bytes += size
    }
    close()
    return batches
  }
}

extension Interpreter {
  /// The input of a child of a distributed Map state for one item that was read, `ItemSelector` applied.
  ///
  /// - Parameters:
  ///   - item: the item and its position.
  ///   - state: the execution that waits for the map run.
  ///   - id: the map run's identifier in that execution.
  /// - Returns: nil when no such map run is waited for.
  public func childInput(
    _ item: MapItem, of state: ExecutionState, mapRun id: Int, execution: ExecutionInfo, now: Timestamp
  ) -> Result<Payload, ExecutionFailure>? {
    guard let owner = state.owners[id] else { return nil }
    let run = Run(self, state, execution, now)
    var strand = state.root
    var around = run.surroundings
    for index in owner {
      guard let child = strand.children?.running[index] else { return nil }
      around = run.inside(strand, around)
      strand = child
    }
    guard let step = strand.step else { return nil }
    let state = run.definition(strand, step.state)
    guard case .map(let fields) = state.kind else { return nil }
    do throws(Failure) {
      let effective = try run.effectiveInput(strand, state, around)
      return .success(try run.childInput(item, fields, effective, strand, state, around))
    } catch {
      return .failure(ExecutionFailure(error: error.error, cause: error.cause))
    }
  }
}

/// An error with AWS's name and sentence.
public struct ExecutionFailure: Error, Sendable, Hashable {
  public let error: String?
  public let cause: String?
}
