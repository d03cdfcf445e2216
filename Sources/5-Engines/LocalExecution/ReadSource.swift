import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Calls back while a descriptor has something to read, and closes it when cancelled.
///
/// Unchecked, because Dispatch does not say of its sources that they may be used from every thread, which they may.
struct ReadSource: @unchecked Sendable {
  private let source: any DispatchSourceRead

  init(_ descriptor: Int32, queue label: String, _ handler: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: label))
    source.setCancelHandler { close(descriptor) }
    source.setEventHandler(handler: handler)
    source.resume()
  }

  func cancel() { source.cancel() }
}
