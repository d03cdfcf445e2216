#!/usr/bin/env python3
"""Remote write over HTTP: Martlet beside VictoriaMetrics, in turns, with the workloads of shared/bench/monitoring.

usage: remote_write.py MARTLET FILE.rw SCRATCH [rounds]
   MARTLET  the program, a release build; FILE.rw from metrics_gen.py encode --format rw; SCRATCH a folder for both stores
Prints for each: samples per second of wall time and of its own CPU time, bytes on disk, memory.
"""
import base64, http.client, os, shutil, socket, struct, subprocess, sys, time

martlet, path, scratch = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 2
frames = open(path, "rb").read()
PER_REQUEST = 2_000


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu(pid):
    return time.clock_gettime(((~pid) << 3) | 2)


def status(pid, key):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1000
    return 0


def disk(folder):
    return sum(os.stat(os.path.join(r, f)).st_blocks * 512 for r, _, fs in os.walk(folder) for f in fs)


def start(name, argv, at, ready):
    p = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.time() + 60
    while time.time() < end:
        try:
            c = http.client.HTTPConnection("127.0.0.1", at, timeout=5)
            c.request("GET", ready)
            if c.getresponse().status < 500:
                return p
        except OSError:
            pass
        time.sleep(0.1)
    p.kill()
    sys.exit(f"{name} did not start")


def send(p, at, target, headers):
    c = http.client.HTTPConnection("127.0.0.1", at, timeout=120)
    o = n = 0
    waits = []
    c0, t0 = cpu(p.pid), time.perf_counter()
    while o < len(frames):
        (length,) = struct.unpack_from("<I", frames, o)
        body = frames[o + 4:o + 4 + length]
        o += 4 + length
        t = time.perf_counter()
        c.request("POST", target, body, headers)
        r = c.getresponse()
        answer = r.read()
        waits.append(time.perf_counter() - t)
        if r.status >= 300:
            sys.exit(f"{r.status} {answer[:300]}")
        n += PER_REQUEST
    wall, used = time.perf_counter() - t0, cpu(p.pid) - c0
    waits.sort()
    return n, wall, used, waits[len(waits) // 2] * 1e3, waits[int(len(waits) * .99)] * 1e3


HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0"}
for round in range(rounds):
    for name in ("martlet", "victoria-metrics"):
        folder = os.path.join(scratch, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        at = port()
        if name == "martlet":
            p = start(name, [martlet, "serve", "--data", folder, "--address", f"127.0.0.1:{at}", "--metric-retention", "1s:3650d"], at, "/_martlet/health")
            pair = dict(l.split(" = ", 1) for l in open(os.path.join(folder, "aws-config")).read().splitlines() if " = " in l)
            basic = base64.b64encode(f"{pair.get('aws_access_key_id')}:{pair.get('aws_secret_access_key')}".encode()).decode()
            target, headers, data = "/_martlet/api/v1/write", {**HEADERS, "Authorization": f"Basic {basic}"}, os.path.join(folder, "series/metrics")
        else:
            p = start(name, ["victoria-metrics", f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{at}", "-retentionPeriod=10y"], at, "/health")
            target, headers, data = "/api/v1/write", HEADERS, folder
        try:
            n, wall, used, p50, p99 = send(p, at, target, headers)
            rss = status(p.pid, "VmRSS")
            if name != "martlet":
                c = http.client.HTTPConnection("127.0.0.1", at)
                c.request("GET", "/internal/force_flush")
                c.getresponse().read()
            print(f"{name:18} {n / wall:12,.0f} samples/s {n / used:12,.0f} per cpu-s  p50 {p50:.2f} ms p99 {p99:.2f} ms  RSS {rss:.0f} MB  {disk(data) / n:.2f} B/sample before the last joins", flush=True)
        finally:
            p.terminate()
            p.wait()
            shutil.rmtree(folder, ignore_errors=True)
