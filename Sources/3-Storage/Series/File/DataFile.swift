#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open file; closed when nobody holds it any longer, so readers may go on with a file that was deleted.
final class DataFile: Sendable {
  let path: String
  private let descriptor: Int32

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  static func fault(_ path: String, _ doing: String) -> SeriesFault {
    SeriesFault("\(path) can not be \(doing): \(String(cString: strerror(errno)))")
  }

  /// Opens for reading; nil when there is no such file.
  static func existing(_ path: String) throws(SeriesFault) -> DataFile? {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    if opened < 0 {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw fault(path, "opened")
    }
    return DataFile(path, opened)
  }

  /// Opens for reading and writing, made when absent.
  static func writable(_ path: String) throws(SeriesFault) -> DataFile {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw fault(path, "opened") }
    return DataFile(path, opened)
  }

  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// It has a name; when it has none its disk is free once it is closed.
  var isInFolder: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_nlink > 0
  }

  /// Fills the buffer from the offset; throws when the file ends before.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SeriesFault) {
    guard let base = buffer.baseAddress else { return }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.fault(path, "read")
      }
      if count == 0 { throw .damage("\(path) ends before byte \(offset + buffer.count).") }
      done += count
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(SeriesFault) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        bytes.baseAddress.map { pwrite(descriptor, $0 + done, bytes.count - done, off_t(offset + done)) } ?? 0
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.fault(path, "written")
      }
      done += count
    }
  }

  /// On disk when it returns, the length too.
  func sync() throws(SeriesFault) {
    #if canImport(Darwin)
      let result = fcntl(descriptor, F_FULLFSYNC)
    #else
      let result = fdatasync(descriptor)
    #endif
    if result != 0 { throw Self.fault(path, "brought to disk") }
  }

  func truncate(to size: Int) throws(SeriesFault) {
    if ftruncate(descriptor, off_t(size)) != 0 { throw Self.fault(path, "shortened") }
  }

  /// Reserves disk for the range, zeros: a sync behind it need not write the file's length. Best effort.
  func reserve(_ range: Range<Int>) {
    #if !canImport(Darwin)
      _ = posix_fallocate(descriptor, off_t(range.lowerBound), off_t(range.count))
    #endif
  }

  /// Shows the whole file without reading it into the heap.
  func mapped<Result>(_ body: (UnsafeRawBufferPointer) throws(SeriesFault) -> Result) throws(SeriesFault) -> Result {
    let size = size
    if size == 0 { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else { throw Self.fault(path, "read") }
    defer { munmap(memory, size) }
    return try body(UnsafeRawBufferPointer(start: memory, count: size))
  }

  /// The whole file as it is now, in memory for as long as the answer lives. It is not to become shorter meanwhile.
  func memory() throws(SeriesFault) -> FileMemory {
    let size = size
    if size == 0 { return FileMemory(path, UnsafeRawBufferPointer(start: nil, count: 0)) }
    #if canImport(Darwin)
      let flags = MAP_PRIVATE
    #else
      // At once: that costs less than a fault for every few pages.
      let flags = MAP_PRIVATE | MAP_POPULATE
    #endif
    guard let memory = mmap(nil, size, PROT_READ, flags, descriptor, 0), memory != MAP_FAILED else { throw Self.fault(path, "read") }
    return FileMemory(path, UnsafeRawBufferPointer(start: memory, count: size))
  }

  /// Lets go of the lock now. Closing the file is not enough while a process that is just being started still has it too.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// Takes the file's lock for as long as it is open.
  func lock() throws(SeriesFault) {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { throw SeriesFault("\(path) is locked: another process has this directory open.") }
  }
}

/// A file's bytes where the system has them: nothing is copied.
final class FileMemory: Sendable {
  let path: String
  nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  fileprivate init(_ path: String, _ bytes: UnsafeRawBufferPointer) { (self.path, self.bytes) = (path, bytes) }

  deinit { if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) } }
}

/// What is done with names of files.
enum Folder {
  static func make(_ path: String) throws(SeriesFault) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw DataFile.fault(path, "made") }
    try make(String(path[..<slash]))
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw DataFile.fault(path, "made") }
  }

  static func names(_ path: String) throws(SeriesFault) -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw DataFile.fault(path, "read")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes new, renamed and removed names in the folder survive a power cut.
  static func sync(_ path: String) throws(SeriesFault) {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw DataFile.fault(path, "opened") }
    defer { close(opened) }
    if fsync(opened) != 0, errno != EINVAL { throw DataFile.fault(path, "brought to disk") }
  }

  /// No fault when it is not there.
  static func remove(file path: String) throws(SeriesFault) {
    if unlink(path) != 0, errno != ENOENT { throw DataFile.fault(path, "removed") }
  }

  /// Removes a folder of files. No fault when it is not there.
  static func remove(_ path: String) throws(SeriesFault) {
    for name in try names(path) { try remove(file: "\(path)/\(name)") }
    if rmdir(path) != 0, errno != ENOENT { throw DataFile.fault(path, "removed") }
  }

  static func rename(_ from: String, to: String) throws(SeriesFault) {
    #if canImport(Glibc)
      let result = Glibc.rename(from, to)
    #elseif canImport(Musl)
      let result = Musl.rename(from, to)
    #else
      let result = Darwin.rename(from, to)
    #endif
    if result != 0 { throw DataFile.fault(from, "renamed") }
  }
}
