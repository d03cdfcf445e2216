import ArgumentParser
import FoundationEssentials
import JSON
import Server

/// How a command finds the server it asks: shared by every command that asks one.
///
/// Where AWS's own variables name an endpoint and a key (as `eval "$(martlet env)"` sets them), those are used; otherwise the root
/// key of the data folder.
struct ClientOptions: ParsableArguments {
  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("Where the server listens (default: AWS_ENDPOINT_URL, else where it listened last).", valueName: "url"))
  var endpoint: String?

  @Option(help: "The region to ask about (default: AWS_REGION, else us-east-1).")
  var region: String?

  /// Throws ConfigurationError naming what is missing.
  func client() async throws -> APIClient {
    let environment = ProcessInfo.processInfo.environment
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let settings = try await Settings(file: data.config)
    let folder = settings.text("data", data.data) ?? "martlet-data"
    let profile = ServerProfile(folder: folder)
    let known = settings.text("address", nil).map { "http://\($0)" } ?? profile.endpoint ?? "http://127.0.0.1:4566"
    let named = endpoint ?? variable("AWS_ENDPOINT_URL")
    let region =
      region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? settings.text("region", nil)
      ?? profile.region ?? "us-east-1"
    if data.data == nil, named != nil, let key = variable("AWS_ACCESS_KEY_ID"), let secret = variable("AWS_SECRET_ACCESS_KEY") {
      return APIClient(
        endpoint: named ?? "", region: region, key: RootKey(accessKey: key, secret: secret), token: variable("AWS_SESSION_TOKEN"))
    }
    guard let bytes = FileManager.default.contents(atPath: "\(folder)/root-key.json") else {
      throw ConfigurationError(
        "there is no key to sign with: name the server's data folder with --data (\(folder)/root-key.json is not there), or set the environment with eval \"$(martlet env)\""
      )
    }
    let key: RootKey
    do { key = try JSONValue(parsing: bytes.map { $0 }).decode(RootKey.self) } catch {
      throw ConfigurationError("\(folder)/root-key.json can not be read: \(error)")
    }
    return APIClient(endpoint: named ?? known, region: region, key: key, token: nil)
  }
}
