#!/usr/bin/env python3
"""Questions over HTTP: Martlet's GetMetricData beside VictoriaMetrics' query_range, on the same samples, asked in turns.

usage: query_http.py MARTLET FILE.rw SCRATCH jobs|wide [rounds]
   MARTLET  the program, a release build; FILE.rw from metrics_gen.py encode --format rw; SCRATCH a folder for both stores; needs botocore
Prints for each question: median wall time, CPU time of the server, groups and points; then memory of both. A percentile over many series
(q3) is no question of the CloudWatch API; instead 250 whole series are fetched, as a dashboard does.
"""
import base64, http.client, json, os, shutil, socket, struct, subprocess, sys, time, urllib.parse
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

martlet, path, scratch, name = sys.argv[1:5]
rounds = int(sys.argv[5]) if len(sys.argv) > 5 else 11
START = 1_767_600_000
HOURS = 6 if name == "jobs" else 1
END = START + HOURS * 3600
REGION = "eu-central-1"
DIMENSIONS = "job_id, cluster, queue, instance, owner" if name == "jobs" else "job_id, worker, shard, cluster, instance"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu(pid):
    return time.clock_gettime(((~pid) << 3) | 2)


def memory(pid):
    found = {l.split(":")[0]: int(l.split()[1]) / 1000 for l in open(f"/proc/{pid}/status") if l.startswith(("VmRSS", "VmHWM"))}
    return f"resident {found['VmRSS']:.0f} MB, peak {found['VmHWM']:.0f} MB"


class Connection(http.client.HTTPConnection):
    """Sends head and body in one piece, as botocore's own connections do."""

    def _send_output(self, message_body=None, encode_chunked=False):
        head = b"\r\n".join([*self._buffer, b"", b""])
        del self._buffer[:]
        self.send(head + (message_body or b""))


class Peer:
    def __init__(self, name, argv, ready):
        self.name = name
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.time() + 90
        while time.time() < end:
            try:
                if self.ask("GET", ready)[0] < 500:
                    self.connection = Connection("127.0.0.1", self.at, timeout=300)
                    return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{name} did not start")

    def ask(self, method, target, body=None, headers={}):
        c = http.client.HTTPConnection("127.0.0.1", self.at, timeout=300)
        c.request(method, target, body, headers)
        answer = c.getresponse()
        return answer.status, answer.read()

    def timed(self, method, target, body=None, headers={}):
        c0, t0 = cpu(self.process.pid), time.perf_counter()
        self.connection.request(method, target, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        wall, used = time.perf_counter() - t0, cpu(self.process.pid) - c0
        if answer.status != 200:
            sys.exit(f"{self.name}: {answer.status} {data[:500]}")
        return wall * 1e3, used * 1e3, data


class Martlet(Peer):
    def __init__(self):
        self.at, folder = port(), os.path.join(scratch, "martlet")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        super().__init__("Martlet", [
            martlet, "serve", "--data", folder, "--address", f"127.0.0.1:{self.at}", "--region", REGION, "--metric-retention", "1s:3650d"], "/_martlet/health")
        key = json.load(open(os.path.join(folder, "root-key.json")))
        self.key = Credentials(key["accessKey"], key["secret"])
        basic = base64.b64encode(f"{key['accessKey']}:{key['secret']}".encode()).decode()
        self.write = ("/_martlet/api/v1/write", {"Authorization": f"Basic {basic}"})

    def settle(self):
        time.sleep(5)

    def question(self, queries):
        body = json.dumps({"MetricDataQueries": queries, "StartTime": START, "EndTime": END}).encode()
        request = AWSRequest("POST", f"http://127.0.0.1:{self.at}/", data=body, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData"})
        SigV4Auth(self.key, "monitoring", REGION).add_auth(request)
        wall, used, data = self.timed("POST", "/", body, dict(request.headers))
        found = json.loads(data)
        assert not found.get("NextToken") and not found["Messages"], data[:500]
        return wall, used, [len(r["Values"]) for r in found["MetricDataResults"]]


class Victoria(Peer):
    def __init__(self):
        self.at, folder = port(), os.path.join(scratch, "victoria-metrics")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        super().__init__("VictoriaMetrics", [
            "victoria-metrics", f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{self.at}", "-retentionPeriod=10y",
            "-search.maxUniqueTimeseries=1000000", "-search.maxSamplesPerQuery=1000000000", "-search.maxQueryDuration=120s",
            "-search.latencyOffset=0s", "-search.disableCache", "-selfScrapeInterval=0"], "/health")
        self.write = ("/api/v1/write", {})

    def settle(self):
        self.ask("GET", "/internal/force_flush")
        self.ask("GET", "/internal/force_merge")
        time.sleep(5)

    def question(self, expression):
        target = "/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": expression, "start": START, "end": END - 10, "step": 60, "nocache": 1})
        wall, used, data = self.timed("GET", target)
        return wall, used, [len(r["values"]) for r in json.loads(data)["data"]["result"]]


def load(peer):
    target, extra = peer.write
    headers = {
        "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0", **extra}
    c = http.client.HTTPConnection("127.0.0.1", peer.at, timeout=300)
    samples = 0
    c0, t0 = cpu(peer.process.pid), time.perf_counter()
    with open(path, "rb") as file:
        while head := file.read(4):
            c.request("POST", target, file.read(struct.unpack("<I", head)[0]), headers)
            answer = c.getresponse()
            text = answer.read()
            if answer.status >= 300:
                sys.exit(f"{peer.name}: {answer.status} {text[:300]}")
            samples += 2_000
    wall, used = time.perf_counter() - t0, cpu(peer.process.pid) - c0
    print(f"{peer.name:16} {samples:,} samples: {samples / wall:,.0f}/s, {samples / used:,.0f} per cpu-s, {memory(peer.process.pid)}", flush=True)


def insights(id, text):
    return {"Id": id, "Expression": text, "Period": 60}


def metric(id, name, **dimensions):
    return {"Id": id, "MetricStat": {
        "Metric": {"Namespace": "Prometheus", "MetricName": name, "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]},
        "Period": 60, "Stat": "Average"}}


# cluster is a reserved word of Metrics Insights.
schema = 'SCHEMA("Prometheus", ' + ", ".join(f'"{d}"' for d in DIMENSIONS.split(", ")) + ")"
def another(round):
    """One series, each time one that was not asked for before."""
    n = round * 977 % 2_500
    return (
        [metric("a", "job_cpu_percent", job_id=f"job-{n:05d}", cluster=f"c{n % 10}", queue=f"q{n % 7}", instance=f"node-{n % 211:03d}:9100", owner=f"team-{n % 23:02d}")],
        f'avg_over_time(job_cpu_percent{{job_id="job-{n:05d}"}}[1m])')


# What is asked of each, or how that follows from the round.
if name == "jobs":
    first = " OR ".join(f"\"cluster\" = 'c{n}'" for n in range(4))
    questions = {
        "q1 average of one series, 6 h": (
            [metric("a", "job_cpu_percent", job_id="job-00042", cluster="c2", queue="q0", instance="node-042:9100", owner="team-19")],
            'avg_over_time(job_cpu_percent{job_id="job-00042"}[1m])'),
        "q1 average of another series each time, 6 h": another,
        "q2 average by queue over 1,000 series, 6 h": (
            [insights("a", f"SELECT AVG(job_cpu_percent) FROM {schema} WHERE {first} GROUP BY queue")],
            'avg by (queue) (avg_over_time(job_cpu_percent{cluster=~"c[0-3]"}[1m]))'),
        "q5 250 series of 2,500, 6 h, whole": (
            [{"Id": "a", "Expression": f"SEARCH('{{Prometheus,{DIMENSIONS.replace(' ', '')}}} MetricName=\"job_cpu_percent\" cluster=\"c0\"', 'Average', 60)"}],
            'avg_over_time(job_cpu_percent{cluster="c0"}[1m])'),
    }
else:
    names = [f"wide_job_{n}" for n in ("cpu_percent", "rss_bytes", "tokens_total", "train_loss")]
    questions = {
        "q1 average of one series, 1 h": (
            [insights("a", f"SELECT AVG(wide_job_cpu_percent) FROM {schema} WHERE job_id = 'wjob-00042' AND worker = 'w0'")],
            'avg_over_time(wide_job_cpu_percent{job_id="wjob-00042",worker="w0"}[1m])'),
        "q4 sum by cluster over 100,000 series, 1 h": (
            [insights(f"a{n}", f"SELECT SUM({one}) FROM {schema} GROUP BY \"cluster\"") for n, one in enumerate(names)],
            'sum by (cluster, __name__) (sum_over_time({__name__=~"wide_job_.+"}[1m]))'),
    }

peers = []
try:
    for kind in (Martlet, Victoria):
        peers.append(kind())
        load(peers[-1])
        peers[-1].settle()
    for title, asked in questions.items():
        measured = [[], []]
        for round in range(rounds + 1):
            both = asked(round) if callable(asked) else asked
            for place, peer in enumerate(peers):
                answer = peer.question(both[place])
                if round:
                    measured[place].append(answer)
        for place, peer in enumerate(peers):
            walls, used = sorted(m[0] for m in measured[place]), sorted(m[1] for m in measured[place])
            counts = measured[place][0][2]
            print(
                f"{title:44} {peer.name:16} {walls[rounds // 2]:9.2f} ms, {used[rounds // 2]:8.2f} ms of CPU; {len(counts)} series, {sum(counts)} points",
                flush=True)
    for peer in peers:
        print(f"{peer.name:16} {memory(peer.process.pid)}")
finally:
    for peer in peers:
        peer.process.terminate()
        peer.process.wait()
    for folder in ("martlet", "victoria-metrics"):
        shutil.rmtree(os.path.join(scratch, folder), ignore_errors=True)
