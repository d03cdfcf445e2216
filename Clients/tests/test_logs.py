"""Logs: queries, live tail, subscriptions, data protection, encryption, paging, with boto3 and the AWS CLI."""

import base64
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from martlet_server import Server, binary, wait_for


def make(logs, group, *streams):
    logs.create_log_group(logGroupName=group)
    for stream in streams or ("s",):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def put(logs, group, messages, stream="s", at=None):
    first = at or int(time.time() * 1000) - len(messages)
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[
        {"timestamp": first + place, "message": message} for place, message in enumerate(messages)])


def query(logs, text, seconds=3600, **more):
    now = int(time.time())
    started = logs.start_query(queryString=text, startTime=now - seconds, endTime=now, **more)["queryId"]

    def over():
        answer = logs.get_query_results(queryId=started)
        return answer if answer["status"] not in ("Scheduled", "Running") else None
    return wait_for(over)


def rows(answer):
    return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]


def aws(server, *arguments, check=True):
    program = Path(sys.executable).parent / "aws"
    environment = {**os.environ, **server.environment(), "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
    return subprocess.run(
        [str(program), "--output", "json", *arguments], env=environment, capture_output=True, text=True, timeout=60, check=check)


def test_insights(server):
    logs = server.client("logs")
    make(logs, "/q/a")
    make(logs, "/q/b")
    put(logs, "/q/a", [json.dumps({"level": level, "ms": ms}) for level, ms in [("error", 5), ("info", 7), ("error", 9)]])
    put(logs, "/q/b", ["plain text ERROR 7"])
    answer = query(logs, "stats count(*) as n, max(ms) as worst by level | sort level", logGroupNames=["/q/a"])
    assert answer["status"] == "Complete" and answer["statistics"]["recordsScanned"] == 3
    assert rows(answer) == [{"level": "error", "n": "2", "worst": "9"}, {"level": "info", "n": "1", "worst": "7"}]
    answer = query(logs, "fields @message, @logStream | filter @message like /ERROR/", logGroupNames=["/q/a", "/q/b"])
    found = rows(answer)
    assert [row["@message"] for row in found] == ["plain text ERROR 7"]
    record = logs.get_log_record(logRecordPointer=found[0]["@ptr"])["logRecord"]
    assert record["@message"] == "plain text ERROR 7" and record["@log"].endswith(":/q/b")
    with pytest.raises(ClientError) as refusal:
        query(logs, "fields @message | nonsense", logGroupName="/q/a")
    error = refusal.value.response
    assert error["Error"]["Code"] == "MalformedQueryException" and error["queryCompileError"]["location"]["startCharOffset"] == 18
    listed = logs.describe_queries(logGroupName="/q/b")["queries"]
    assert listed[0]["status"] == "Complete"
    saved = logs.put_query_definition(name="q/saved", queryString="fields @message", logGroupNames=["/q/a"])["queryDefinitionId"]
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="q/")["queryDefinitions"][0]["queryDefinitionId"] == saved
    fields = {field["name"]: field["percent"] for field in logs.get_log_group_fields(logGroupName="/q/a")["logGroupFields"]}
    assert fields["level"] == 100 and fields["@message"] == 100


def test_a_restart_keeps_results_and_tells_of_running_queries(own_server):
    logs = own_server.client("logs")
    make(logs, "g")
    put(logs, "g", [f"m{number}" for number in range(300)])
    now = int(time.time())
    started = logs.start_query(queryString="fields @message | sort @timestamp asc", logGroupName="g", startTime=now - 60, endTime=now)["queryId"]
    wait_for(lambda: logs.get_query_results(queryId=started)["status"] == "Complete")
    own_server.kill()
    own_server.start()
    logs = own_server.client("logs")
    answer = logs.get_query_results(queryId=started, maxItems=120)
    assert len(answer["results"]) == 120 and answer["statistics"]["resultCount"] == 300
    rest = logs.get_query_results(queryId=started, nextToken=answer["nextToken"])
    assert len(rest["results"]) == 180 and "nextToken" not in rest
    assert len(logs.filter_log_events(logGroupName="g")["events"]) == 300


def test_live_tail(server):
    logs = server.client("logs")
    make(logs, "/tail")
    # Without this setting botocore puts 'stream-' before the host's name; 'martlet env' sets its variable.
    tailing = server.client("logs", config=Config(inject_host_prefix=False, retries={"max_attempts": 0}, read_timeout=60))
    arn = logs.describe_log_groups(logGroupNamePrefix="/tail")["logGroups"][0]["logGroupArn"]
    # The head of the answer comes before its first message, however fast that is.
    for _ in range(20):
        brief = tailing.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
        assert "sessionStart" in next(iter(brief))
        brief.close()
    stream = tailing.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="ERROR")["responseStream"]
    seen, started = [], threading.Event()

    def follow():
        for event in stream:
            if "sessionStart" in event:
                started.set()
            if "sessionUpdate" in event:
                seen.extend(event["sessionUpdate"]["sessionResults"])
            if seen:
                stream.close()
                return
    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    assert started.wait(10)
    put(logs, "/tail", ["fine", "an ERROR"])
    reader.join(20)
    assert [event["message"] for event in seen] == ["an ERROR"] and seen[0]["logStreamName"] == "s"
    assert seen[0]["logGroupIdentifier"] == "000000000000:/tail"
    with pytest.raises(ClientError) as refusal:
        tailing.start_live_tail(logGroupIdentifiers=[arn.replace("/tail", "/none")])
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_the_command_line_tails_and_queries(server):
    logs = server.client("logs")
    make(logs, "/cli")
    put(logs, "/cli", ["first line", "second line"])
    found = json.loads(aws(server, "logs", "filter-log-events", "--log-group-name", "/cli", "--filter-pattern", "second").stdout)
    assert [event["message"] for event in found["events"]] == ["second line"]
    refused = aws(server, "logs", "start-query", "--log-group-name", "/cli", "--start-time", "0", "--end-time", "1",
                  "--query-string", "nonsense", check=False)
    assert "MalformedQueryException" in refused.stderr
    following = subprocess.Popen(
        [f"{binary()}/martlet", "logs", "tail", "/cli", "--follow"], env={**os.environ, **server.environment()}, text=True,
        stdout=subprocess.PIPE)
    timer = threading.Timer(30, following.kill)
    timer.start()
    try:
        assert "first line" in following.stdout.readline() and "second line" in following.stdout.readline()
        put(logs, "/cli", ["third line"])
        assert "third line" in following.stdout.readline()
    finally:
        timer.cancel()
        following.kill()
        following.wait()
    own = server.command("logs", "tail", "/cli", "--filter", "second")
    assert own.stdout.strip().endswith("s second line")
    table = server.command("logs", "query", "stats count(*) as n", "--group", "/cli")
    assert table.stdout.split() == ["n", "3"]
    wrong = server.command("logs", "query", "stats", "--group", "/cli", check=False)
    assert wrong.returncode == 1 and "unexpected symbol" in wrong.stderr


def test_a_subscription_feeds_a_queue(server):
    logs, sqs = server.client("logs"), server.client("sqs")
    make(logs, "/sub")
    url = sqs.create_queue(QueueName="sub")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    logs.put_subscription_filter(logGroupName="/sub", filterName="f", filterPattern="{ $.level = \"error\" }", destinationArn=arn)
    put(logs, "/sub", [json.dumps({"level": level, "n": number}) for number, level in enumerate(["error", "info", "error"])])
    found = []

    def data():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            found.append(json.loads(gzip.decompress(base64.b64decode(json.loads(message["Body"])["awslogs"]["data"]))))
        return [payload for payload in found if payload["messageType"] == "DATA_MESSAGE"]
    payload = wait_for(data)[0]
    assert found[0]["messageType"] == "CONTROL_MESSAGE"
    assert payload["logGroup"] == "/sub" and payload["logStream"] == "s" and payload["subscriptionFilters"] == ["f"]
    assert [json.loads(event["message"])["n"] for event in payload["logEvents"]] == [0, 2]
    assert server.api("logs", "ListSubscriptionDeliveries", logGroupName="/sub", filterName="f")["deliveries"][0]["outcome"] == "DELIVERED"
    with pytest.raises(ClientError) as refusal:
        logs.put_subscription_filter(
            logGroupName="/sub", filterName="k", filterPattern="", destinationArn="arn:aws:kinesis:eu-central-1:000000000000:stream/k")
    assert "Kinesis is not served" in refusal.value.response["Error"]["Message"]


def test_a_metric_filter_feeds_an_alarm(server):
    logs, cloudwatch = server.client("logs"), server.client("cloudwatch")
    make(logs, "/metric")
    logs.put_metric_filter(
        logGroupName="/metric", filterName="errors", filterPattern="[level = ERROR, ...]",
        metricTransformations=[{"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1", "defaultValue": 0, "unit": "Count"}])
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=10, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold")
    put(logs, "/metric", ["ERROR out of memory", "INFO fine"])
    end = datetime.now(timezone.utc) + timedelta(minutes=1)
    points = cloudwatch.get_metric_statistics(
        Namespace="Shop", MetricName="Errors", StartTime=end - timedelta(minutes=5), EndTime=end, Period=300, Statistics=["Sum"])
    assert sum(point["Sum"] for point in points["Datapoints"]) == 1
    wait_for(lambda: cloudwatch.describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]["StateValue"] == "ALARM", 40)
    matches = logs.test_metric_filter(filterPattern="[ip, user, size > 5]", logEventMessages=["1.2.3.4 kim 9"])["matches"]
    assert matches[0]["extractedValues"]["$user"] == "kim"


def test_sensitive_data_is_masked(server):
    logs = server.client("logs")
    make(logs, "/dp")
    identifiers = ["arn:aws:dataprotection::aws:data-identifier/EmailAddress"]
    policy = {"Name": "p", "Version": "2021-06-01", "Statement": [
        {"Sid": "a", "DataIdentifier": identifiers, "Operation": {"Audit": {"FindingsDestination": {}}}},
        {"Sid": "m", "DataIdentifier": identifiers, "Operation": {"Deidentify": {"MaskConfig": {}}}}]}
    logs.put_data_protection_policy(logGroupIdentifier="/dp", policyDocument=json.dumps(policy))
    put(logs, "/dp", ["login of kim@example.org"])
    assert logs.get_log_events(logGroupName="/dp", logStreamName="s")["events"][0]["message"] == "login of ***************"
    seen = logs.get_log_events(logGroupName="/dp", logStreamName="s", unmask=True)["events"][0]["message"]
    assert seen == "login of kim@example.org"
    assert rows(query(logs, "fields @message", logGroupName="/dp"))[0]["@message"] == "login of ***************"
    assert json.loads(logs.get_data_protection_policy(logGroupIdentifier="/dp")["policyDocument"]) == policy
    with pytest.raises(ClientError) as refusal:
        logs.put_data_protection_policy(logGroupIdentifier="/dp", policyDocument="{}")
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


def test_events_are_encrypted_on_disk(tmp_path):
    key = tmp_path / "log.key"
    first = Server().start()
    first.command("logs", "key", str(key))
    first.close()
    assert key.stat().st_mode & 0o777 == 0o600 and key.stat().st_size == 32
    server = Server("--log-encryption-key", str(key)).start()
    try:
        logs = server.client("logs")
        make(logs, "g")
        put(logs, "g", ["a needle in the haystack"])
        server.kill()
        holding = [path for path in Path(server.data, "series").rglob("*") if path.is_file() and b"needle" in path.read_bytes()]
        assert holding == []
        server.start()
        assert server.client("logs").filter_log_events(logGroupName="g")["events"][0]["message"] == "a needle in the haystack"
        server.kill()
        server.options = []
        with pytest.raises(RuntimeError, match="--log-encryption-key"):
            server.start()
    finally:
        server.close()


def test_pages_and_faults(server):
    logs = server.client("logs")
    make(logs, "/page", *[f"s{number:02}" for number in range(60)])
    names = [s["logStreamName"] for page in logs.get_paginator("describe_log_streams").paginate(logGroupName="/page")
             for s in page["logStreams"]]
    assert names == [f"s{number:02}" for number in range(60)]
    put(logs, "/page", [f"m{number}" for number in range(50)], stream="s00")
    found = [e["message"] for page in logs.get_paginator("filter_log_events").paginate(logGroupName="/page", limit=7)
             for e in page["events"]]
    assert found == [f"m{number}" for number in range(50)]
    assert [group["logGroupName"] for group in logs.list_log_groups(logGroupNamePattern="^/page")["logGroups"]] == ["/page"]
    with pytest.raises(ClientError) as refusal:
        logs.create_export_task(logGroupName="/page", fromTime=0, to=1, destination="bucket")
    assert "S3 is not served" in refusal.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as refusal:
        logs.associate_kms_key(logGroupName="/page", kmsKeyId="arn:aws:kms:eu-central-1:000000000000:key/k")
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_compressed_request(server):
    logs = server.client("logs")
    make(logs, "/gzip")

    def compress(request, **_):
        request.data = gzip.compress(request.data if isinstance(request.data, bytes) else request.data.encode())
        request.headers["Content-Encoding"] = "gzip"
    logs.meta.events.register("before-sign.logs.PutLogEvents", compress)
    put(logs, "/gzip", ["from far away", 'with "quotes" and \u00e9 and \U0001f600'])
    assert [e["message"] for e in logs.filter_log_events(logGroupName="/gzip")["events"]] == [
        "from far away", 'with "quotes" and \u00e9 and \U0001f600']


class Destination:
    """An HTTP server that takes subscription payloads, or answers that it can not now."""

    def __init__(self):
        destination = self
        self.is_open, self.payloads = True, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if destination.is_open:
                    destination.payloads.append(json.loads(gzip.decompress(base64.b64decode(body["awslogs"]["data"]))))
                self.send_response(200 if destination.is_open else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def arn(self, server):
        events = server.client("events")
        connection = events.create_connection(
            Name="hook", AuthorizationType="API_KEY",
            AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}})["ConnectionArn"]
        return events.create_api_destination(
            Name="hook", ConnectionArn=connection, InvocationEndpoint=f"http://127.0.0.1:{self.server.server_port}/", HttpMethod="POST",
            InvocationRateLimitPerSecond=300)["ApiDestinationArn"]


def test_a_waiting_subscription_survives_kills(own_server):
    destination = Destination()
    logs = own_server.client("logs")
    make(logs, "/kill")
    logs.put_subscription_filter(
        logGroupName="/kill", filterName="f", filterPattern="", destinationArn=destination.arn(own_server),
        roleArn="arn:aws:iam::000000000000:role/r")
    assert destination.payloads[0]["messageType"] == "CONTROL_MESSAGE"
    # What was accepted waits for its destination, tried again and again, whatever happens to the server.
    destination.is_open = False
    acknowledged = []

    def write(first):
        client = own_server.client("logs")
        for number in range(first, first + 1_000):
            try:
                put(client, "/kill", [f"event {number}"])
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(number)
    for turn in range(4):
        writer = threading.Thread(target=write, args=(turn * 1_000,))
        writer.start()
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before + 5)
        own_server.kill()
        writer.join()
        own_server.start()
    destination.is_open = True

    def seen():
        return {int(event["message"].split()[1]) for payload in destination.payloads for event in payload["logEvents"]
                if payload["messageType"] == "DATA_MESSAGE"}
    wait_for(lambda: set(acknowledged) <= seen(), 120)
    stored = {int(event["message"].split()[1]) for event in own_server.client("logs").filter_log_events(logGroupName="/kill")["events"]}
    # What was being written when the server was killed may be there without an answer.
    assert set(acknowledged) <= stored and seen() <= stored
    destination.server.shutdown()


def test_a_stop_ends_live_tails(own_server):
    make(own_server.client("logs"), "/tail")
    tailing = own_server.client("logs", config=Config(inject_host_prefix=False, retries={"max_attempts": 0}, read_timeout=60))
    stream = tailing.start_live_tail(logGroupIdentifiers=["/tail"])["responseStream"]
    assert "sessionStart" in next(iter(stream))
    assert own_server.stop(10) == 0


def test_a_damaged_file_is_told_and_survived(own_server):
    logs = own_server.client("logs")
    make(logs, "/damage")
    for number in range(50):
        put(logs, "/damage", [f"event {number}"])
    own_server.kill()
    journal = next(Path(own_server.data, "series", "logs").glob("journal-*"))
    content = bytearray(journal.read_bytes())
    place = content.index(b"event 20")
    content[place - 60] ^= 0x55
    journal.write_bytes(content)
    own_server.start()
    logs = own_server.client("logs")
    found = [event["message"] for event in logs.filter_log_events(logGroupName="/damage")["events"]]
    assert 48 <= len(found) < 50 and "event 49" in found and "event 0" in found
    assert "stored log events are damaged" in own_server.output()
    assert 'martlet_series_fault{engine="logs"} 1' in own_server.page("/_martlet/metrics")
    put(logs, "/damage", ["after"])
    assert len(logs.filter_log_events(logGroupName="/damage")["events"]) == len(found) + 1


@pytest.mark.parametrize("whole", [True, False])
def test_a_journal_that_says_it_is_of_another_version_keeps_no_server_from_starting(own_server, whole):
    logs = own_server.client("logs")
    make(logs, "/version")
    put(logs, "/version", ["one"])
    assert json.loads(own_server.page("/_martlet/health"))["status"] == "ok"
    own_server.kill()
    journal = next(Path(own_server.data, "series", "logs").glob("journal-*"))
    content = bytearray(journal.read_bytes())
    for place in (14, 15) if whole else range(14, len(content)):
        content[place] ^= 0x5A
    journal.write_bytes(content)
    own_server.start()
    health = json.loads(own_server.page("/_martlet/health"))
    assert health["status"] == "degraded" and any(journal.name in fault for fault in health["faults"])
    assert "stored log events are damaged" in own_server.output()
    assert Path(journal.parent, f"set-aside-{journal.name}").exists() != whole
    logs = own_server.client("logs")
    found = [event["message"] for event in logs.filter_log_events(logGroupName="/version")["events"]]
    assert found == (["one"] if whole else [])
    put(logs, "/version", ["two"])
    assert len(logs.filter_log_events(logGroupName="/version")["events"]) == len(found) + 1
