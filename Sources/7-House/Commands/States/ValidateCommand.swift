import ArgumentParser
import JSON
import StatesLanguage
import SystemPackage

/// Checks definitions of state machines.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Checks state machine definitions in the Amazon States Language, JSON or YAML.",
    discussion: """
      Says what AWS would refuse, with AWS's codes and sentences, and warns of what cannot go well: states that nothing leads to, paths
      that no state before provides, variables that are never assigned, integrations that do not exist.

        martlet validate definition.asl.json workflows/*.asl.yaml
        martlet validate --output json - < definition.json
        martlet validate template.asl.json --substitute TableName=orders

      Exits with 0 when all definitions are accepted, with 1 when one is not, and with 2 when a file cannot be read.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  enum Severity: String, ExpressibleByArgument, CaseIterable {
    case error, warning
  }

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case standard, express

    /// In any case: AWS writes them in capitals.
    init?(argument: String) { self.init(rawValue: argument.lowercased()) }
  }

  @Argument(help: "Files with definitions; - is the standard input.") var files: [String]
  @Option(help: "What the definitions are for: standard or express.") var type = Kind.standard
  @Option(help: "The least severity that is shown: error or warning.") var severity = Severity.warning
  @Option(help: "How to answer: text or json.") var output = Format.text
  @Option(name: .customLong("substitute"), help: "NAME=VALUE: puts the value in the place of ${NAME}; may be given often.")
  var substitutions: [String] = []
  @Flag(help: "Warnings fail, too.") var strict = false

  func validate() throws {
    if files.isEmpty { throw ValidationError("Name at least one file.") }
    for entry in substitutions where !entry.contains("=") { throw ValidationError("'\(entry)' is not NAME=VALUE.") }
  }

  /// What was found in one file.
  struct Report {
    let file: String
    var unreadable: DefinitionFile.Unreadable?
    var findings: [(diagnostic: Diagnostic, position: SourceTree.Position)] = []
  }

  func run() throws {
    let reports = files.map(report)
    if output == .json { print(JSONValue.object(["files": .array(reports.map(json))]).text) } else { reports.forEach(show) }
    if reports.contains(where: { $0.unreadable != nil }) { throw ExitCode(2) }
    let findings = reports.flatMap(\.findings).map(\.diagnostic)
    if findings.contains(where: { $0.severity == .error || strict }) { throw ExitCode(1) }
  }

  private func report(_ path: String) -> Report {
    var report = Report(file: path == "-" ? "standard input" : path)
    let pairs = substitutions.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init) }
    do throws(DefinitionFile.Unreadable) {
      let file = try DefinitionFile(
        DefinitionFile.bytes(path), substitutions: Dictionary(pairs.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 }))
      let check = StateMachineDefinition.check(file.json, type: type == .express ? .express : .standard, recognizes: \.isKnown)
      let found = check.diagnostics + (check.definition?.analyze() ?? [])
      for diagnostic in found where severity == .warning || diagnostic.severity == .error {
        report.findings.append((diagnostic, file.places.position(of: diagnostic.location)))
      }
    } catch {
      guard error.isMalformed else {
        report.unreadable = error
        return report
      }
      let position = error.position ?? SourceTree.Position(line: 1, column: 1)
      report.findings = [(Diagnostic(.invalidJSON, error.message, at: nil), position)]
    }
    return report
  }

  private func show(_ report: Report) {
    if let unreadable = report.unreadable {
      _ = try? FileDescriptor.standardError.writeAll(Array("\(report.file): \(unreadable.message)\n".utf8))
    }
    for (diagnostic, position) in report.findings {
      let place = diagnostic.location.map { $0.isEmpty ? "" : " at \($0)" } ?? ""
      let severity = diagnostic.severity.rawValue.lowercased()
      print(
        "\(report.file):\(position.line):\(position.column): \(severity): \(diagnostic.message) [\(diagnostic.code.rawValue)]\(place)")
    }
  }

  private func json(_ report: Report) -> JSONValue {
    var object = JSONObject()
    object["file"] = .string(report.file)
    if let unreadable = report.unreadable {
      object["error"] = .string(unreadable.message)
      return .object(object)
    }
    let failed = report.findings.contains { $0.diagnostic.severity == .error }
    object["result"] = .string(failed ? "FAIL" : "OK")
    object["diagnostics"] = .array(
      report.findings.map { finding in
        var diagnostic = finding.diagnostic.json.object ?? JSONObject()
        diagnostic["line"] = .int(Int64(finding.position.line))
        diagnostic["column"] = .int(Int64(finding.position.column))
        return .object(diagnostic)
      })
    return .object(object)
  }
}
