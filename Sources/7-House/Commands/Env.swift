import ArgumentParser
import FoundationEssentials
import JSON
import Server

/// Prints what AWS tools need to find the server.
struct Env: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the environment by which AWS tools reach the server: eval \"$(martlet env)\".")

  @OptionGroup var options: ServerOptions

  func run() async throws {
    let configuration: ServerConfiguration
    do { configuration = try await options.resolved() } catch let error as ConfigurationError {
      throw ValidationError(error.description)
    }
    let file = configuration.data + "/root-key.json"
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw ValidationError(
        "\(file) is not there: start the server once with 'martlet serve --data \(configuration.data)', which makes the root access key.")
    }
    let key = try JSONValue(parsing: Array(bytes)).decode(RootKey.self)
    // The server may have been started with other options than these; what was named here holds.
    let profile = ServerProfile(folder: configuration.data)
    let endpoint = options.address == nil ? profile.endpoint ?? configuration.endpoint : configuration.endpoint
    let region = options.region == nil ? profile.region ?? configuration.region : configuration.region
    print(
      """
      export AWS_ENDPOINT_URL=\(endpoint)
      export AWS_ACCESS_KEY_ID=\(key.accessKey)
      export AWS_SECRET_ACCESS_KEY=\(key.secret)
      export AWS_DEFAULT_REGION=\(region)
      export AWS_REGION=\(region)
      export AWS_DISABLE_HOST_PREFIX_INJECTION=true
      unset AWS_SESSION_TOKEN AWS_PROFILE
      """)
  }
}
