import JSON
import JSONPath
import Time

/// How a state is worked on when it is tested by itself: what is inside of it is not run.
struct Trial: Sendable {
  /// Takes the context object's place.
  var context: JSONValue?
  /// What the `ItemReader` would have read.
  var itemReaderData: [UInt8]?
}

extension Run {
  /// The inputs of a Map state's iterations, without beginning any.
  mutating func tryMap(
    _ items: MapItems, _ strand: inout Strand, _ state: State, _ fields: MapFields, _ effective: Payload, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    strand.step?.wait = .children
    var items = items
    if let reader = fields.itemReader, fields.mode != .inline {
      items = MapItems(try readTrialItems(reader, &strand, state, effective, around))
    }
    strand.children = Children(outputs: Array(repeating: nil, count: items.values.count), lastDone: strand.last)
    var inputs: [Payload] = []
    inputs.reserveCapacity(items.values.count)
    for index in items.values.indices { inputs.append(try childInput(items[index], fields, effective, strand, state, around)) }
    if fields.itemSelector != nil || fields.itemSelectorJsonata != nil { _ = seen(.afterItemSelector, .array(inputs), strand, state) }
    if fields.mode != .inline, let batching = try batching(fields, effective, strand, state, around) {
      _ = seen(.afterItemBatcher, .array(batching.batches(of: inputs)), strand, state)
    }
    return .waiting
  }

  private func readTrialItems(
    _ reader: MapFields.ItemSource, _ strand: inout Strand, _ state: State, _ effective: Payload, _ around: Surroundings
  ) throws(Failure) -> [JSONValue] {
    let source = try source(reader, "ItemReader", effective, strand, state, around)
    guard let data = interpreter.trial?.itemReaderData else { return [] }
    do throws(ItemReadingFailure) {
      let configuration = try ReaderConfiguration(source.configuration)
      let items: [JSONValue]
      if source.resource?.hasSuffix(":s3:listObjectsV2") == true, !configuration.flattens {
        guard case .array(let listed)? = (try? JSONValue(parsing: data)) else {
          throw ItemReadingFailure("Attempting to map over non-iterable node.")
        }
        items = Array(listed.prefix(configuration.maxItems))
      } else {
        items = try configuration.items(in: data)
      }
      if !configuration.itemsPointer.isEmpty { _ = seen(.afterItemsPointer, Payload(.array(items)), strand, state) }
      return items
    } catch {
      throw .named(ItemReadingFailure.error, error.cause)
    }
  }
}
