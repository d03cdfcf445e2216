import ArgumentParser

/// How an answer is shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}

struct OutputOptions: ParsableArguments {
  @Option(help: "table or json.")
  var output: OutputFormat = .table
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
