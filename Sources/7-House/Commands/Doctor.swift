import ArgumentParser
import FoundationEssentials
import House
import LocalExecution
import NIOCore
import NIOPosix
import Server

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks for what would keep the server from working.
struct Doctor: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks for what would keep the server or its jobs from working, and says how to mend it.",
    discussion: "Exits with 1 when something is wrong.")

  @OptionGroup var options: ServerOptions

  private enum Finding {
    case good(String)
    case doubtful(String)
    case bad(String)
  }

  func run() async throws {
    let configuration: ServerConfiguration
    do { configuration = try await options.resolved() } catch let error as ConfigurationError {
      print("bad   configuration: \(error)")
      throw ExitCode(1)
    }
    var findings: [Finding] = [.good("configuration: account \(configuration.account), region \(configuration.region)")]
    findings.append(Self.directory(configuration))
    findings.append(Self.space(configuration))
    findings.append(Self.nursery(configuration))
    findings.append(await Self.address(configuration))
    findings.append(Self.timeZones())
    findings.append(Self.memory())
    var wrong = false
    for finding in findings {
      switch finding {
      case .good(let text): print("ok    \(text)")
      case .doubtful(let text): print("note  \(text)")
      case .bad(let text):
        wrong = true
        print("bad   \(text)")
      }
    }
    if wrong { throw ExitCode(1) }
  }

  private static func directory(_ configuration: ServerConfiguration) -> Finding {
    let path = configuration.data
    guard FileManager.default.fileExists(atPath: path) else {
      return .good("data: \(path) is not there yet; the first start makes it")
    }
    if access(path, W_OK | X_OK) != 0 { return .bad("data: \(path) is not writable by this user") }
    return .good("data: \(path) is writable")
  }

  private static func space(_ configuration: ServerConfiguration) -> Finding {
    var folder = configuration.data
    while !FileManager.default.fileExists(atPath: folder), let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
      folder = String(folder[..<slash])
    }
    if !FileManager.default.fileExists(atPath: folder) { folder = "." }
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return .doubtful("disk: the free space can not be told") }
    let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    let gigabytes = Double(free) / 1e9
    let text = "disk: \((gigabytes * 10).rounded() / 10) GB free"
    return gigabytes < 1 ? .bad(text + "; less than 1 GB will not last") : .good(text)
  }

  private static func nursery(_ configuration: ServerConfiguration) -> Finding {
    guard let path = configuration.nursery ?? LocalExecution.nurseryPath() else {
      return .bad("jobs: martlet-nursery was not found beside this program; build it or name it with MARTLET_NURSERY")
    }
    return access(path, X_OK) == 0 ? .good("jobs: supervised by \(path)") : .bad("jobs: \(path) is not an executable file")
  }

  private static func address(_ configuration: ServerConfiguration) async -> Finding {
    let text = "\(configuration.host):\(configuration.port)"
    do {
      let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: configuration.host, port: configuration.port).get()
      try await channel.close().get()
      return .good("address: \(text) is free")
    } catch {
      return .doubtful("address: \(text) is in use: a server runs there already, or choose another with --address")
    }
  }

  private static func timeZones() -> Finding {
    access("/usr/share/zoneinfo/Europe/Berlin", R_OK) == 0
      ? .good("time zones: /usr/share/zoneinfo is there")
      : .bad("time zones: /usr/share/zoneinfo is missing; install the package tzdata")
  }

  private static func memory() -> Finding {
    let bytes = UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    return .good("machine: \(cores) CPUs, \(bytes >> 20) MiB of memory for jobs to share")
  }
}
