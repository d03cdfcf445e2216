import JSON
import JSONPath
import Time

/// Task states.
extension Run {
  mutating func startTask(
    _ strand: inout Strand, _ state: State, _ fields: TaskFields, _ around: Surroundings
  ) throws(Failure) -> StateOutcome {
    let effective = try effectiveInput(strand, state, around)
    let timeout = try limit(fields.timeoutSeconds, "TimeoutSeconds", strand, state, effective, around)
    let heartbeat = try limit(fields.heartbeatSeconds, "HeartbeatSeconds", strand, state, effective, around)
    let id = ownedID()
    let takesToken: Bool
    if case .activity = fields.resource { takesToken = true } else { takesToken = fields.resource.waitsForTaskToken }
    let token = takesToken ? interpreter.environment.taskToken(info.id, id) : nil
    let input: Payload
    let role: String?
    do throws(Failure) {
      input = try taskInput(strand, state, effective, token, around)
      role = try self.role(fields, effective, strand, state, around)
    } catch {
      self.state.owners[id] = nil
      throw error
    }
    if let limit = interpreter.environment.limits.payloadBytes, input.text.utf8.count > limit {
      self.state.owners[id] = nil
      throw dataLimit(state.name)
    }
    strand.last = record(
      fields.resource.scheduledEvent, strand.last,
      scheduled(fields.resource, input, timeout: timeout, heartbeat: heartbeat, roleArn: role))
    var task = RunningTask(id: id, heartbeatSeconds: heartbeat)
    effects.append(
      .startTask(
        TaskRequest(
          id: id, state: state.name, resource: fields.resource, input: input, taskToken: token, roleArn: role,
          timeoutSeconds: timeout, heartbeatSeconds: heartbeat, attempt: step(strand).retryCount)))
    if let timeout { task.timeoutTimer = startTimer(at: now + .seconds(timeout)) }
    strand.step?.wait = .task(task)
    return .waiting
  }

  private func taskInput(
    _ strand: Strand, _ state: State, _ effective: Payload, _ token: String?, _ around: Surroundings
  ) throws(Failure) -> Payload {
    if state.queryLanguage == .jsonata {
      guard let arguments = state.input.arguments else { return seen(.afterArguments, effective, strand, state) }
      let answer = Answer(item: strand.item ?? around.item, taskToken: token)
      return seen(.afterArguments, try evaluate(arguments, "Arguments", answer, strand, state, around), strand, state)
    }
    guard let template = state.input.parameters else { return seen(.afterParameters, effective, strand, state) }
    var scope = scope(strand, state, effective, context: false, around)
    if template.usesContext { scope.context = context(strand, state, item: strand.item ?? around.item, taskToken: token) }
    return seen(.afterParameters, try fill(template, scope, strand, state), strand, state)
  }

  /// `Credentials`
  private func role(
    _ fields: TaskFields, _ effective: Payload, _ strand: Strand, _ state: State, _ around: Surroundings
  ) throws(Failure) -> String? {
    if let credentials = fields.credentialsJsonata {
      return try evaluate(credentials, "Credentials", .none, strand, state, around).value["RoleArn"]?.string
    }
    guard let credentials = fields.credentials else { return nil }
    return try fill(credentials, strand, state, input: effective, around).value["RoleArn"]?.string
  }

  private func limit(
    _ quantity: State.Quantity<Int64>?, _ field: String, _ strand: Strand, _ state: State, _ effective: Payload,
    _ around: Surroundings
  ) throws(Failure) -> Int64? {
    switch quantity {
    case nil: return nil
    case .jsonata(let expression): return try self.seconds(expression, field, from: 1, strand, state, around)
    case .literal(let seconds): return seconds
    case .path(let expression):
      let field = "\(field)Path"
      let value = try self.value(expression, field, strand, state, input: effective, around)
      let seconds = try seconds(value, field, expression, strand, state)
      guard seconds > 0 else {
        throw runtime(
          strand, state, "The \(field) parameter references a non-positive value: \(expression.text) == \(Self.shown(value))")
      }
      return seconds
    }
  }

  private func scheduled(
    _ resource: TaskResource, _ input: Payload, timeout: Int64?, heartbeat: Int64?, roleArn: String?
  ) -> HistoryEvent.Details {
    switch resource {
    case .lambda(let arn): .scheduled(resource: arn, input: input, timeout: timeout, heartbeat: nil, roleArn: roleArn)
    case .activity(let arn): .scheduled(resource: arn, input: input, timeout: timeout, heartbeat: heartbeat, roleArn: nil)
    case .integration(let integration):
      .taskScheduled(
        integration.eventTask, region: info.region, parameters: input.text, timeout: timeout, heartbeat: heartbeat,
        roleArn: roleArn)
    }
  }

  /// What a running task's event leads to; nil when it is not one of this task's.
  mutating func report(
    _ event: ExecutionEvent, _ running: RunningTask, _ strand: inout Strand, _ state: State, _ around: Surroundings
  ) -> StateOutcome? {
    guard case .task(let fields) = state.kind else { return nil }
    var task = running
    switch event {
    case .taskStarted(task.id, let worker):
      guard !task.started else { return nil }
      begin(&task, fields.resource, worker, &strand)
      strand.step?.wait = .task(task)
      return .waiting
    case .taskSubmitted(task.id, let output):
      guard case .integration(let integration) = fields.resource else { return nil }
      begin(&task, fields.resource, nil, &strand)
      strand.last = record(.taskSubmitted, strand.last, .taskOutput(integration.eventTask, output))
      strand.step?.wait = .task(task)
      return .waiting
    case .taskHeartbeat(task.id):
      guard let timer = task.heartbeatTimer, let seconds = task.heartbeatSeconds else { return .waiting }
      effects.append(.startTimer(id: timer, at: now + .seconds(seconds)))
      return .waiting
    case .taskSucceeded(task.id, let output):
      begin(&task, fields.resource, nil, &strand)
      close(task)
      return succeed(output, &strand, state, fields, around)
    case .taskFailed(task.id, let error, let cause, let stage):
      if stage == .run || stage == .submit { begin(&task, fields.resource, nil, &strand) }
      close(task)
      strand.last = record(fields.resource.failedEvent(stage), strand.last, fields.resource.failure(error, cause))
      return handle(Failure(error: error, cause: cause), &strand, state, around)
    case .timerFired(let timer) where timer == task.timeoutTimer || timer == task.heartbeatTimer:
      return timeOut(task, timer, &strand, state, fields, around)
    default: return nil
    }
  }

  /// Records the start of a task that has not been recorded yet; from then on heartbeats are expected.
  private mutating func begin(_ task: inout RunningTask, _ resource: TaskResource, _ worker: String?, _ strand: inout Strand) {
    guard !task.started else { return }
    task.started = true
    let details: HistoryEvent.Details =
      switch resource {
      case .lambda: .none
      case .activity: .worker(name: worker)
      case .integration(let integration): .task(integration.eventTask)
      }
    strand.last = record(resource.startedEvent, strand.last, details)
    if let seconds = task.heartbeatSeconds { task.heartbeatTimer = startTimer(at: now + .seconds(seconds)) }
  }

  private mutating func close(_ task: RunningTask) {
    self.state.owners[task.id] = nil
    cancelTimer(task.timeoutTimer)
    cancelTimer(task.heartbeatTimer)
  }

  private mutating func succeed(
    _ output: Payload, _ strand: inout Strand, _ state: State, _ fields: TaskFields, _ around: Surroundings
  ) -> StateOutcome {
    strand.step?.wait = .none
    if let limit = interpreter.environment.limits.payloadBytes, output.text.utf8.count > limit {
      let failure = dataLimit(fields.resource.limitName)
      strand.last = record(
        fields.resource.failedEvent(.run), strand.last, fields.resource.failure(failure.error, failure.cause))
      return handle(failure, &strand, state, around)
    }
    strand.last = record(fields.resource.succeededEvent, strand.last, fields.resource.success(output))
    do throws(Failure) {
      return try complete(&strand, state, output, around)
    } catch {
      return handle(error, &strand, state, around)
    }
  }

  private mutating func timeOut(
    _ task: RunningTask, _ timer: Int, _ strand: inout Strand, _ state: State, _ fields: TaskFields, _ around: Surroundings
  ) -> StateOutcome {
    self.state.owners[timer] = nil
    close(task)
    effects.append(.cancelTask(id: task.id))
    strand.last = record(
      fields.resource.timedOutEvent, strand.last, fields.resource.failure(ErrorName.timeout, nil))
    let isHeartbeat = timer == task.heartbeatTimer
    if isHeartbeat, events.last?.id == strand.last { events[events.count - 1].isMissedHeartbeat = true }
    let failure = Failure(error: ErrorName.timeout, isHeartbeat: isHeartbeat)
    return handle(failure, &strand, state, around)
  }
}
