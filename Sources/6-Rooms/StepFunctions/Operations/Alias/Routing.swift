import ServiceKit
import Store

/// One version of an alias with its share of the executions, in percent.
struct RoutingConfiguration: Shape {
  var stateMachineVersionArn: String
  var weight: Int
  static var limits: [Limit<Self>] {
    [.length("stateMachineVersionArn", \.stateMachineVersionArn, 1...256), .range("weight", \.weight, 0...100)]
  }
}

/// The routes of an alias, checked. Source: AWS Step Functions API Reference, CreateStateMachineAlias.
struct Routing {
  let machine: String
  let routes: [MachineAlias.Route]

  /// Throws a validation fault with the reason INVALID_ROUTING_CONFIGURATION, InvalidArn or ResourceNotFound.
  init(_ configuration: [RoutingConfiguration], _ call: Call<StepFunctions>) throws {
    let shown = configuration.map(\.stateMachineVersionArn).joined(separator: ", ")
    var machines: Set<String> = []
    var routes: [MachineAlias.Route] = []
    for item in configuration {
      let arn = try MachineARN(item.stateMachineVersionArn, call.partition)
      guard case .version(let number) = arn.qualifier else {
        throw Fault.invalidRouting("Routing configuration must contain state machine version ARNs. Received: [\(shown)]")
      }
      machines.insert(arn.name)
      routes.append(MachineAlias.Route(version: number, weight: item.weight))
    }
    guard machines.count == 1, let machine = machines.first else {
      throw Fault.invalidRouting("Routing configuration must contain versions of one state machine. Received: [\(shown)]")
    }
    guard Set(routes.map(\.version)).count == routes.count else {
      throw Fault.invalidRouting("Routing configuration must contain distinct state machine version ARNs. Received: [\(shown)]")
    }
    let sum = routes.reduce(0) { $0 + $1.weight }
    guard sum == 100 else {
      throw Fault.invalidRouting("Sum of routing configuration weights must equal 100. Received: [\(sum)]")
    }
    for (route, item) in zip(routes, configuration) {
      guard try call.get(MachineVersion.self, MachineVersion.key(machine, route.version)) != nil else {
        throw Fault.resourceNotFound(item.stateMachineVersionArn)
      }
    }
    self.machine = machine
    self.routes = routes
  }

  static func shape(_ alias: MachineAlias, _ partition: Partition) -> [RoutingConfiguration] {
    alias.routes.map {
      RoutingConfiguration(stateMachineVersionArn: MachineVersion.arn(alias.machine, $0.version, partition), weight: $0.weight)
    }
  }
}

extension TextPattern {
  /// Names of aliases: letters, digits, `_`, `-` and `.`, and not digits alone.
  static let aliasName = TextPattern(#"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"#) { text in
    var isNumber = true
    for byte in text.utf8 {
      switch byte {
      case 48...57: continue
      case 65...90, 97...122, 45, 46, 95: isNumber = false
      default: return false
      }
    }
    return !isNumber
  }
}
