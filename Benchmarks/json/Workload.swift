import JSON

/// SplitMix64: the same workload from the same seed everywhere.
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Job descriptions and log events such as the services exchange them, about as many bytes as asked for.
func workload(bytes target: Int, seed: UInt64) -> [UInt8] {
  var random = Seeded(state: seed)
  var text = "["
  while text.utf8.count < target {
    if text.utf8.count > 1 { text += "," }
    text += Int.random(in: 0..<3, using: &random) == 0 ? job(&random) : logEvent(&random)
  }
  return Array((text + "]").utf8)
}

private func id(_ random: inout Seeded) -> String {
  let hex = String(random.next(), radix: 16) + String(random.next(), radix: 16)
  return "\(hex.prefix(8))-\(hex.dropFirst(8).prefix(4))-4\(hex.dropFirst(12).prefix(3))-\(hex.suffix(12))"
}

private func job(_ random: inout Seeded) -> String {
  let id = id(&random)
  let start = 1_795_000_000_000 + Int.random(in: 0..<86_400_000, using: &random)
  let status = ["SUCCEEDED", "FAILED", "RUNNING", "SUBMITTED"].randomElement(using: &random) ?? ""
  let exit = status == "FAILED" ? 1 : 0
  return """
    {"jobArn":"arn:aws:batch:eu-central-1:000000000000:job/\(id)","jobName":"retrain-\(random.next() % 1000)","jobId":"\(id)",\
    "jobQueue":"arn:aws:batch:eu-central-1:000000000000:job-queue/gpu","status":"\(status)","attempts":[{"container":{"exitCode":\(exit),\
    "logStreamName":"train/default/\(id)","networkInterfaces":[]},"startedAt":\(start),"stoppedAt":\(start + 61_234),\
    "statusReason":"Essential container in task exited"}],"container":{"image":"python:3.12","vcpus":4,"memory":16384,"command":["python3",\
    "train.py","--epochs","\(random.next() % 90)"],"environment":[{"name":"LEARNING_RATE","value":"0.001"},{"name":"DATA","value":"s3://data/\(id)"}]},\
    "metrics":{"loss":\(Double.random(in: 0..<2, using: &random)),"accuracy":\(Double(random.next() % 10_000) / 10_000),\
    "samples":\(random.next() % 1_000_000)},"isTerminated":false,"isCancelled":false,"parent":null}
    """
}

private func logEvent(_ random: inout Seeded) -> String {
  let time = 1_795_000_000_000 + Int.random(in: 0..<86_400_000, using: &random)
  let message = [
    #"epoch \#(random.next() % 90): step \#(random.next() % 5000) of 5000, validation running on the held-out set"#,
    #"wrote checkpoint \"/scratch/model-\#(random.next() % 90).pt\" in \#(random.next() % 900) ms"#,
    #"Traceback (most recent call last):\n  File \"train.py\", line \#(random.next() % 400), in <module>\n    main()\nValueError: naïve split"#,
    #"GET /v1/batches?shard=\#(random.next() % 64) 200 \#(random.next() % 90_000) \"python-requests/2.32\""#,
  ].randomElement(using: &random)
  return """
    {"timestamp":\(time),"level":"\(random.next() % 9 == 0 ? "WARN" : "INFO")","logger":"trainer.loop","host":"node-\(random.next() % 40)",\
    "pid":\(random.next() % 60_000),"message":"\(message ?? "")","fields":{"loss":\(Double(random.next() % 100_000) / 100_000),\
    "lr":\(1.0 / Double(1 + random.next() % 5000)),"gpu":\(random.next() % 8),"util":\(Double(random.next() % 1000) / 10),"ok":true}}
    """
}
