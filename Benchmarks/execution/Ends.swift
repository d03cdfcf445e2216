/// Which jobs have ended, and who waits for it.
actor Ends {
  private var ended: Set<String> = []
  private var waiting: [String: CheckedContinuation<Void, Never>] = [:]

  func ended(_ id: String) {
    if let waiter = waiting.removeValue(forKey: id) { waiter.resume() } else { ended.insert(id) }
  }

  func wait(for id: String) async {
    if ended.remove(id) != nil { return }
    await withCheckedContinuation { waiting[id] = $0 }
  }
}
