import FoundationEssentials

/// Where the server of a data folder listened last, as its AWS profile there says.
package struct ServerProfile: Sendable {
  package private(set) var endpoint: String?
  package private(set) var region: String?

  /// Nothing is known of a folder that no server has been started with.
  package init(folder: String) {
    let bytes = FileManager.default.contents(atPath: "\(folder)/aws-config") ?? Data()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix(" ") }
      guard parts.count == 2 else { continue }
      switch parts[0].split(separator: " ").first {
      case "endpoint_url": endpoint = String(parts[1])
      case "region": region = String(parts[1])
      default: break
      }
    }
  }
}
