"""Metrics and logs by other protocols than AWS's: the embedded metric format, OpenTelemetry, StatsD, Prometheus. Real libraries write and
read, unmodified."""

import asyncio
import base64
import json
import logging
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import pytest
import statsd
import watchtower
from aws_embedded_metrics import config as emf_config
from aws_embedded_metrics.environment.local_environment import LocalEnvironment
from aws_embedded_metrics.logger.metrics_context import MetricsContext
from aws_embedded_metrics.logger.metrics_logger import MetricsLogger
from aws_embedded_metrics.sinks.agent_sink import AgentSink
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from martlet_server import Server, free_port, wait_for


def basic(server) -> str:
    key = server.key()
    return "Basic " + base64.b64encode(f"{key['accessKey']}:{key['secret']}".encode()).decode()


def points(server, namespace, name, dimensions=None, statistics=("Sum", "SampleCount", "Minimum", "Maximum")):
    """One data point over the last half hour, or None."""
    now = datetime.now(timezone.utc)
    found = server.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=name, Dimensions=[{"Name": k, "Value": v} for k, v in (dimensions or {}).items()],
        StartTime=now - timedelta(minutes=30), EndTime=now + timedelta(minutes=1), Period=3600, Statistics=list(statistics))["Datapoints"]
    if not found:
        return None
    # The hour may have turned within the half hour.
    return {
        "Sum": sum(p["Sum"] for p in found), "SampleCount": sum(p["SampleCount"] for p in found),
        "Minimum": min(p["Minimum"] for p in found), "Maximum": max(p["Maximum"] for p in found), "Unit": found[0]["Unit"]}


def fetch(server, path, headers=None, body=None, method=None):
    request = urllib.request.Request(server.endpoint + path, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.fixture(scope="module")
def listening():
    """A server with every inlet open."""
    ports = {"statsd": free_port(), "emf": free_port()}
    server = Server("--statsd", f"127.0.0.1:{ports['statsd']}", "--statsd-interval", "1", "--emf", f"127.0.0.1:{ports['emf']}")
    server.ports = ports
    server.start()
    yield server
    server.close()


def test_watchtower_writes_logs(server):
    handler = watchtower.CloudWatchLogHandler(
        log_group_name="watchtower", log_stream_name="app", boto3_client=server.client("logs"), send_interval=1, create_log_group=True)
    logger = logging.getLogger("watchtower-test")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    for number in range(50):
        logger.info("line %d", number)
    logger.info({"kind": "structured", "value": 7})
    handler.flush()
    handler.close()
    logger.removeHandler(handler)
    events = server.client("logs").filter_log_events(logGroupName="watchtower")["events"]
    assert [e["message"] for e in events[:50]] == [f"line {number}" for number in range(50)]
    assert json.loads(events[50]["message"])["value"] == 7


class ToSink(LocalEnvironment):
    def __init__(self, sink):
        self.sink = sink

    def get_sink(self):
        return self.sink


def record(sink, name, values):
    """One flush of aws-embedded-metrics."""
    async def environment():
        return ToSink(sink)

    logger = MetricsLogger(environment, MetricsContext.empty())
    logger.set_namespace("Embedded")
    logger.reset_dimensions(False)
    logger.set_dimensions({"Service": "cart"})
    for value in values:
        logger.put_metric(name, value, "Milliseconds")
    logger.set_property("requestId", "r-1")
    asyncio.run(logger.flush())


@pytest.mark.parametrize("scheme", ["tcp", "udp"])
def test_aws_embedded_metrics_writes_to_the_agents_endpoint(listening, scheme):
    emf_config.get_config().agent_endpoint = f"{scheme}://127.0.0.1:{listening.ports['emf']}"
    sink = AgentSink("emf-group", f"stream-{scheme}")
    record(sink, f"Latency-{scheme}", [10.0, 20.0, 20.0])
    found = wait_for(lambda: points(listening, "Embedded", f"Latency-{scheme}", {"Service": "cart"}))
    assert (found["Sum"], found["SampleCount"], found["Maximum"], found["Unit"]) == (50, 3, 20, "Milliseconds")
    events = listening.client("logs").get_log_events(logGroupName="emf-group", logStreamName=f"stream-{scheme}", startFromHead=True)["events"]
    assert json.loads(events[0]["message"])["requestId"] == "r-1"


def test_embedded_metrics_come_out_of_any_log_event(server):
    """What aws-embedded-metrics prints in a Lambda or a container, sent by a log handler."""
    class Keep:
        documents = []

        def accept(self, context):
            from aws_embedded_metrics.serializers.log_serializer import LogSerializer
            self.documents += LogSerializer.serialize(context)

    sink = Keep()
    record(sink, "Printed", [float(n) for n in range(250)])
    assert len(sink.documents) == 3
    logs = server.client("logs")
    logs.create_log_group(logGroupName="printed")
    logs.create_log_stream(logGroupName="printed", logStreamName="s")
    now = int(time.time() * 1000)
    broken = json.dumps({"_aws": {"Timestamp": now, "CloudWatchMetrics": [{"Namespace": "Embedded", "Dimensions": [["No"]], "Metrics": []}]}})
    logs.put_log_events(
        logGroupName="printed", logStreamName="s",
        logEvents=[{"timestamp": now, "message": text} for text in [*sink.documents, broken, '{"_aws": {']])
    found = points(server, "Embedded", "Printed", {"Service": "cart"})
    assert (found["SampleCount"], found["Sum"], found["Maximum"]) == (250, sum(range(250)), 249)
    for name in ("EMFValidationErrors", "EMFParsingErrors"):
        assert wait_for(lambda: points(server, "AWS/Logs", name, {"LogGroupName": "printed"}))["Sum"] == 1


def test_opentelemetry_writes_metrics(server):
    exporter = OTLPMetricExporter(
        endpoint=server.endpoint + "/_martlet/otlp/v1/metrics", headers={"Authorization": basic(server)}, compression=Compression.Gzip)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider(
        [reader], Resource.create({"service.name": "shop", "service.namespace": "eu"}),
        views=[View(instrument_name="bytes", aggregation=ExponentialBucketHistogramAggregation())])
    meter = provider.get_meter("test")
    requests = meter.create_counter("requests", "{request}")
    depth = meter.create_up_down_counter("depth")
    latency = meter.create_histogram("latency", "ms", explicit_bucket_boundaries_advisory=[5, 10, 50, 100])
    sizes = meter.create_histogram("bytes", "By")
    meter.create_observable_gauge("temperature", [lambda options: [__import__("opentelemetry.metrics").metrics.Observation(36.6, {"room": "a"})]])
    requests.add(3, {"route": "/"})
    depth.add(5)
    for value in (1, 7, 7, 60, 400):
        latency.record(value, {"route": "/"})
    for value in range(1, 101):
        sizes.record(value)
    assert provider.force_flush()
    requests.add(4, {"route": "/"})
    depth.add(-2)
    latency.record(20, {"route": "/"})
    assert provider.force_flush()
    provider.shutdown()

    shared = {"service.name": "shop", "service.namespace": "eu"}
    found = points(server, "eu/shop", "requests", {**shared, "route": "/"})
    # Cumulative 3, 7, 7 (at shutdown): stored as what was added.
    assert (found["Sum"], found["Maximum"], found["Unit"]) == (7, 4, "Count")
    found = points(server, "eu/shop", "depth", shared)
    assert (found["Minimum"], found["Maximum"]) == (3, 5)
    found = points(server, "eu/shop", "temperature", {**shared, "room": "a"})
    assert found["Maximum"] == 36.6
    found = points(server, "eu/shop", "latency", {**shared, "route": "/"})
    assert found["SampleCount"] == 6 and abs(found["Sum"] - 495) < 1e-6 and found["Unit"] == "Milliseconds"
    found = points(server, "eu/shop", "bytes", shared)
    assert found["SampleCount"] == 100 and abs(found["Sum"] - 5050) < 1e-6 and found["Unit"] == "Bytes"
    now = datetime.now(timezone.utc)
    median = server.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=30), EndTime=now + timedelta(minutes=1),
        MetricDataQueries=[{"Id": "m", "MetricStat": {
            "Metric": {"Namespace": "eu/shop", "MetricName": "bytes", "Dimensions": [{"Name": k, "Value": v} for k, v in shared.items()]},
            "Period": 3600, "Stat": "p50"}}])["MetricDataResults"][0]["Values"]
    assert median and 45 <= median[0] <= 56


def test_opentelemetry_writes_logs(server):
    exporter = OTLPLogExporter(endpoint=server.endpoint + "/_martlet/otlp/v1/logs", headers={"Authorization": basic(server)})
    provider = LoggerProvider(Resource.create({"service.name": "shop", "host.name": "h1"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = provider.get_logger("scope")
    from opentelemetry._logs import LogRecord
    for number in range(3):
        logger.emit(LogRecord(
            timestamp=time.time_ns(), severity_number=SeverityNumber.WARN, severity_text="WARN", body=f"line {number}",
            attributes={"order": number}))
    provider.shutdown()
    events = server.client("logs").get_log_events(logGroupName="/otel/shop", logStreamName=find_stream(server, "/otel/shop"), startFromHead=True)["events"]
    found = [json.loads(e["message"]) for e in events]
    assert [(f["body"], f["severityText"], f["severityNumber"], f["attributes"]["order"]) for f in found] == [
        (f"line {n}", "WARN", 13, n) for n in range(3)]
    matched = server.client("logs").filter_log_events(logGroupName="/otel/shop", filterPattern='{ $.attributes.order = 2 }')["events"]
    assert len(matched) == 1


def find_stream(server, group):
    return server.client("logs").describe_log_streams(logGroupName=group)["logStreams"][0]["logStreamName"]


def test_otlp_wants_credentials(server):
    path = "/_martlet/otlp/v1/metrics"
    for authorization in (None, "Basic " + base64.b64encode(b"AKIA:wrong").decode(), "Basic %%%", "Bearer x"):
        headers = {"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})}
        status, body, answered = fetch(server, path, headers, b"{}")
        assert status in (401, 403), authorization
        assert "message" in json.loads(body)
        if status == 401:
            assert "Basic" in answered["WWW-Authenticate"]
    assert fetch(server, path, {"Content-Type": "application/json", "Authorization": basic(server)}, b"{}")[:2] == (200, b"{}")
    # As AWS's own OTLP endpoints want it.
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    key = server.key()
    request = AWSRequest("POST", server.endpoint + path, data=b"{}", headers={"Content-Type": "application/json"})
    SigV4Auth(Credentials(key["accessKey"], key["secret"]), "monitoring", server.region).add_auth(request)
    assert fetch(server, path, dict(request.headers), b"{}")[0] == 200
    # A user's key.
    iam = server.client("iam")
    iam.create_user(UserName="exporter")
    pair = iam.create_access_key(UserName="exporter")["AccessKey"]
    user = "Basic " + base64.b64encode(f"{pair['AccessKeyId']}:{pair['SecretAccessKey']}".encode()).decode()
    assert fetch(server, path, {"Content-Type": "application/json", "Authorization": user}, b"{}")[0] == 200


def test_statsd_writes_metrics(listening):
    client = statsd.StatsClient("127.0.0.1", listening.ports["statsd"], prefix="app")
    for _ in range(5):
        client.incr("hits")
    client.gauge("load", 10)
    client.gauge("load", -3, delta=True)
    for value in (10, 20, 30):
        client.timing("time", value)
    client.set("users", "a")
    client.set("users", "b")
    with client.pipeline() as pipeline:
        pipeline.incr("piped", 2)
        pipeline.incr("piped", 3)
    found = wait_for(lambda: points(listening, "CWAgent", "app.hits", {"metric_type": "counter"}))
    assert found["Sum"] == 5
    assert wait_for(lambda: points(listening, "CWAgent", "app.load", {"metric_type": "gauge"}))["Minimum"] == 7
    found = wait_for(lambda: points(listening, "CWAgent", "app.time", {"metric_type": "timing"}))
    assert (found["SampleCount"], found["Sum"], found["Unit"]) == (3, 60, "Milliseconds")
    assert wait_for(lambda: points(listening, "CWAgent", "app.users", {"metric_type": "set"}))["Maximum"] == 2
    assert wait_for(lambda: points(listening, "CWAgent", "app.piped", {"metric_type": "counter"}))["Sum"] == 5
    # DogStatsD's tags.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.sendto(b"dog.bark:2|c|@0.5|#breed:pug,loud", ("127.0.0.1", listening.ports["statsd"]))
    found = wait_for(lambda: points(listening, "CWAgent", "dog.bark", {"breed": "pug", "loud": "true", "metric_type": "counter"}))
    assert found["Sum"] == 4


def test_hostile_bytes_end_nothing(listening):
    random.seed(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        for _ in range(500):
            data = random.randbytes(random.randrange(1, 2_000))
            for port in listening.ports.values():
                raw.sendto(data, ("127.0.0.1", port))
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", listening.ports["emf"])) as connection:
            connection.sendall(random.randbytes(5_000) + b"\n{\"_aws\": 1}\n")
    try:
        with socket.create_connection(("127.0.0.1", listening.ports["emf"])) as connection:
            for _ in range(40):
                connection.sendall(b"x" * 65_536)
    except OSError:
        pass  # It may close before all is sent.
    headers = {"Authorization": basic(listening)}
    for kind in ("application/json", "application/x-protobuf"):
        for signal in ("metrics", "logs"):
            for _ in range(50):
                status = fetch(
                    listening, f"/_martlet/otlp/v1/{signal}", {**headers, "Content-Type": kind}, random.randbytes(random.randrange(1, 300)))[0]
                assert status in (200, 400)
    counts = {(c["inlet"], c["event"]): c["count"] for c in listening.api("inlets", "DescribeInlets")["counts"]}
    assert counts[("emf", "malformedDocuments")] > 20 and counts[("statsd", "malformedLines")] > 0
    assert "malformedDocuments" in listening.command("inlets").stdout
    assert 'martlet_inlet_events_total{inlet="emf",event="malformedDocuments"}' in listening.page("/_martlet/metrics")


def test_stored_metrics_are_scraped(server):
    cloudwatch = server.client("cloudwatch")
    begin = datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=2)
    for name, value in (("Loss", 0.5), ("Accuracy", 0.9)):
        cloudwatch.put_metric_data(Namespace="Scraped/Train", MetricData=[
            {"MetricName": name, "Dimensions": [{"Name": "ModelName", "Value": 'a"\\b'}], "Timestamp": begin, "Values": [value, value * 3], "Unit": "None"}])
    headers = {"Authorization": basic(server)}
    query = "?" + urllib.parse.urlencode({"namespace": "Scraped/*"})
    status, body, answered = fetch(server, "/_martlet/metrics" + query, headers)
    assert status == 200 and answered["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in prometheus(body.decode())}
    sample = families["scraped_train_loss_sum"].samples[0]
    assert sample.value == 2 and sample.labels["model_name"] == 'a"\\b' and sample.labels["region"] == server.region
    assert float(sample.timestamp) == begin.timestamp()
    assert families["scraped_train_accuracy_sample_count"].samples[0].value == 2
    assert set(families) > {f"scraped_train_loss_{s}" for s in ("average", "sum", "minimum", "maximum", "sample_count")}
    status, body, answered = fetch(server, "/_martlet/metrics" + query, {**headers, "Accept": "application/openmetrics-text; version=1.0.0"})
    assert answered["Content-Type"].startswith("application/openmetrics-text")
    assert {family.name for family in openmetrics(body.decode())} == set(families)
    assert fetch(server, "/_martlet/metrics" + query)[0] == 401
    assert fetch(server, "/_martlet/metrics?statistic=p99", headers)[0] == 400
    # The server's own measurements stay open.
    list(prometheus(server.page("/_martlet/metrics")))


@pytest.mark.skipif(not shutil.which("victoria-metrics"), reason="victoria-metrics is not installed")
def test_metrics_are_written_to_victoria_metrics(tmp_path):
    port = free_port()
    server = Server("--remote-write", f"http://127.0.0.1:{port}/api/v1/write", "--remote-write-period", "1",
        "--remote-write-delay", "1").start()
    store = None

    def start_store():
        return subprocess.Popen(
            ["victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={tmp_path}", "-retentionPeriod=1y"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def count():
        query = urllib.parse.urlencode({"query": 'sum(sum_over_time(app_steps_sum{job_name="a"}[10m]))'})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}&latency_offset=1ms&nocache=1", timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except OSError:
            return None
        return float(found[0]["value"][1]) if found else None

    def put(number):
        server.client("cloudwatch").put_metric_data(Namespace="App", MetricData=[
            {"MetricName": "Steps", "Dimensions": [{"Name": "JobName", "Value": "a"}], "Value": number, "StorageResolution": 1}])

    def written():
        return server.api("inlets", "DescribeInlets")["remoteWrite"]

    try:
        wait_for(lambda: written().get("writtenThrough"))
        put(1)
        # The store is away while samples come, and the server is killed meanwhile: nothing may be lost.
        wait_for(lambda: written().get("lastFailure"), 60)
        server.kill()
        server.start()
        put(2)
        store = start_store()
        assert wait_for(lambda: count() == 3 and count(), 90, 0.5) == 3
        wait_for(lambda: not written().get("lastFailure"))
        names = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/label/__name__/values", timeout=5))["data"]
        assert {"app_steps_sum", "app_steps_sample_count", "app_steps_minimum", "app_steps_maximum"} <= set(names)
    finally:
        server.close()
        if store:
            store.terminate()
            store.wait(20)


def test_wrong_options_are_refused(tmp_path):
    for option, value, word in [
        ("--statsd", "8125", "--statsd"), ("--statsd-interval", "0", "1 to 3600"), ("--remote-write", "store:9090", "--remote-write"),
        ("--remote-write-period", "7", "--remote-write-period"), ("--remote-write-delay", "x", "--remote-write-delay"), ("--otlp-namespace", ":x", "--otlp-namespace")]:
        server = Server(option, value, data=str(tmp_path))
        with pytest.raises(RuntimeError) as refusal:
            server.start()
        assert word in str(refusal.value)


def test_one_address_is_listened_on_once(listening):
    server = Server("--emf", f"127.0.0.1:{listening.ports['emf']}")
    with pytest.raises(RuntimeError) as refusal:
        server.start()
    assert "--emf" in str(refusal.value)
    server.close()


def test_exports_from_many_threads(server):
    """Many exporters at once, each with a series of its own that counts up."""
    def export(number):
        start = time.time_ns()
        for step in range(1, 11):
            point = {"startTimeUnixNano": str(start), "timeUnixNano": str(start + step * 1_000_000), "asInt": str(step * 10)}
            metric = {"name": "steps", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point]}}
            body = {"resourceMetrics": [{
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "many"}}, {"key": "service.instance.id", "value": {"stringValue": str(number)}}]},
                "scopeMetrics": [{"metrics": [metric]}]}]}
            assert fetch(
                server, "/_martlet/otlp/v1/metrics", {"Content-Type": "application/json", "Authorization": basic(server)}, json.dumps(body).encode())[0] == 200

    threads = [threading.Thread(target=export, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = points(server, "many", "steps", {"service.name": "many"})
    assert (found["Sum"], found["SampleCount"]) == (800, 80)
