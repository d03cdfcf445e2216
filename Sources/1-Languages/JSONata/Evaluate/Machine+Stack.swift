#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Recursion on stacks that are large enough for it.
enum Stack {
  /// What is used of the caller's stack, whose size is not known, before a larger one is made.
  static let borrowed: UInt = 160 << 10
  /// The stack made for deep expressions; only what is used of it takes memory.
  static let size = 256 << 20
  private static let reserve: UInt = 1 << 20

  /// About where the stack is now.
  @inline(__always)
  static func here() -> UInt {
    var local: UInt8 = 0
    return withUnsafeMutablePointer(to: &local) { UInt(bitPattern: $0) }
  }

  /// What is done on the other stack.
  private final class Work {
    let body: (UInt) -> Void
    init(_ body: @escaping (UInt) -> Void) { self.body = body }
  }

  /// Does the work on a large stack while this thread waits; it is told how far that stack may be used. Nil when no thread
  /// could be made.
  static func onLarge<Result>(_ body: (_ floor: UInt) -> Result) -> Result? {
    withoutActuallyEscaping(body) { body in
      var result: Result?
      let work = Work { floor in result = body(floor) }
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      defer { pthread_attr_destroy(&attributes) }
      guard pthread_attr_setstacksize(&attributes, size) == 0 else { return nil }
      let context = Unmanaged.passRetained(work)
      #if canImport(Darwin)
        var thread: pthread_t?
      #else
        var thread = pthread_t()
      #endif
      let status = pthread_create(&thread, &attributes, { Stack.start($0) }, context.toOpaque())
      guard status == 0 else {
        context.release()
        return nil
      }
      #if canImport(Darwin)
        guard let thread else { return nil }
      #endif
      pthread_join(thread, nil)
      return result
    }
  }

  #if canImport(Darwin)
    private static func start(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
      run(context)
    }
  #else
    private static func start(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      context.flatMap { run($0) }
    }
  #endif

  private static func run(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body(here() - UInt(size) + reserve)
    return nil
  }
}

extension Machine {
  /// Goes on where there is stack enough.
  @inline(__always)
  func withStack(_ body: () throws -> Value) throws -> Value {
    if Stack.here() > stackFloor { return try body() }
    return try onLargeStack(body)
  }

  @inline(never)
  private func onLargeStack(_ body: () throws -> Value) throws -> Value {
    guard !isOnLargeStack else { throw Self.stackOverflow }
    let floor = stackFloor
    isOnLargeStack = true
    defer {
      isOnLargeStack = false
      stackFloor = floor
    }
    let result = Stack.onLarge { floor in
      stackFloor = floor
      return Result { try body() }
    }
    guard let result else { throw Self.stackOverflow }
    return try result.get()
  }
}
