"""Events on their way to targets: none lost, none doubled without a reason, no target delayed by another, each attempt written down."""

import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from martlet_server import ROLE, Server, wait_for

ACCOUNT = "000000000000"


class Receiver:
    """An HTTP server that writes down the ids of the events it took."""

    def __init__(self, pause: float = 0, status: int = 200):
        receiver = self
        self.taken: list[str] = []
        self.lock = threading.Lock()
        self.status = status

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                time.sleep(pause)
                with receiver.lock:
                    receiver.taken.append(event["id"])
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            request_queue_size = 256

            def handle_error(self, request, client_address):
                """Connections of a killed server break off: that is the point of the test."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/take"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = []

    def make(**options):
        made.append(Receiver(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def destination(server, name, url, rate=300):
    events = server.client("events")
    connection = events.create_connection(
        Name=name, AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}})
    return events.create_api_destination(
        Name=name, ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST",
        InvocationRateLimitPerSecond=rate)["ApiDestinationArn"]


def rule(server, name, targets):
    events = server.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["test.delivery"]}))
    failed = events.put_targets(Rule=name, Targets=[{"Id": f"t{number}", **target} for number, target in enumerate(targets)])
    assert failed["FailedEntryCount"] == 0, failed


def put(server, count):
    """Puts events ten at a time with eight clients; the ids of those the server took."""
    events = server.client("events")
    entry = {"Source": "test.delivery", "DetailType": "t", "Detail": "{}"}

    def ten(_):
        return [entry["EventId"] for entry in events.put_events(Entries=[entry] * 10)["Entries"]]

    with ThreadPoolExecutor(8) as pool:
        return [event for ids in pool.map(ten, range(count // 10)) for event in ids]


def queue(server, name):
    sqs = server.client("sqs")
    return sqs.create_queue(QueueName=name)["QueueUrl"], f"arn:aws:sqs:{server.region}:{ACCOUNT}:{name}"


def received(server, url):
    sqs = server.client("sqs")
    found = Counter()

    def drain(_):
        ids = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=43_200).get("Messages", []):
            ids += [json.loads(message["Body"])["id"] for message in messages]
        return ids

    with ThreadPoolExecutor(4) as pool:
        for ids in pool.map(drain, range(4)):
            found.update(ids)
    return found


def waiting(server, url):
    return int(server.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]["ApproximateNumberOfMessages"])


def test_kill_amid_ten_thousand_pending_deliveries(receiver):
    target = receiver(pause=0.02)
    server = Server().start()
    chance = random.Random(11)
    try:
        queues = [queue(server, f"q{number}") for number in range(9)]
        web = destination(server, "web", target.url)
        rule(server, "all", [{"Arn": arn} for _, arn in queues] + [{"Arn": web, "RoleArn": ROLE}])
        taken = put(server, 1_000)
        kills = 0
        for _ in range(3):
            time.sleep(chance.uniform(0.05, 0.6))
            kills += len(set(target.taken)) < 1_000
            server.kill()
            server.start()
        assert kills, "everything was delivered before the first kill: the test shows nothing"
        wait_for(lambda: len(set(target.taken)) >= 1_000, seconds=90)
        for url, _ in queues:
            wait_for(lambda: waiting(server, url) >= 1_000, seconds=60)
            found = received(server, url)
            # A queue takes a message with the transaction that ends its delivery: neither lost nor doubled.
            assert found == Counter(taken)
        # The web server is told again only what it had taken and the server had not yet written down: at most a lane full for each kill.
        assert set(target.taken) == set(taken)
        assert len(target.taken) - 1_000 <= 64 * 3
    finally:
        server.close()


def test_a_slow_target_delays_no_other(server, receiver):
    slow = receiver(pause=3)
    url, arn = queue(server, "quick")
    rule(server, "slow-and-quick", [{"Arn": destination(server, "slow", slow.url), "RoleArn": ROLE}, {"Arn": arn}])
    try:
        put(server, 300)
        wait_for(lambda: waiting(server, url) == 300, seconds=20)
        assert len(slow.taken) < 150
    finally:
        events = server.client("events")
        events.remove_targets(Rule="slow-and-quick", Ids=["t0", "t1"])
        events.delete_rule(Name="slow-and-quick")


def test_every_attempt_is_written_down(server, receiver):
    broken = receiver(status=400)
    url, arn = queue(server, "dead")
    _, good = queue(server, "good")
    rule(server, "logged", [
        {"Arn": destination(server, "broken", broken.url), "RoleArn": ROLE, "DeadLetterConfig": {"Arn": arn}},
        {"Arn": good, "InputTransformer": {"InputPathsMap": {"i": "$.id"}, "InputTemplate": '{"id":<i>}'}},
    ])
    event = put(server, 10)[0]
    wait_for(lambda: waiting(server, url) == 10)
    found = server.api("events", "ListDeliveries", Rule="logged", Id=event)["Deliveries"]
    by_target = {delivery["TargetArn"]: delivery for delivery in found}
    assert by_target[good]["Outcome"] == "DELIVERED" and by_target[good]["Sent"] == json.dumps({"id": event}, separators=(",", ":"))
    assert by_target[good]["Answer"]["MessageId"]
    failed = next(delivery for target, delivery in by_target.items() if "api-destination" in target)
    assert failed["Outcome"] == "DEAD_LETTERED" and "400" in failed["ErrorMessage"]
    assert server.api("events", "ListDeliveries", Rule="logged", Outcome="DROPPED")["Deliveries"] == []
    page = server.api("events", "ListDeliveries", Rule="logged", MaxResults=15)
    rest = server.api("events", "ListDeliveries", Rule="logged", MaxResults=15, NextToken=page["NextToken"])
    assert len(page["Deliveries"]) == 15 and len(rest["Deliveries"]) == 5 and "NextToken" not in rest
    shown = server.command("deliveries", "--rule", "logged", "--outcome", "dead-lettered", "--limit", "3").stdout.splitlines()
    assert len(shown) == 4 and shown[0].startswith("TIME") and "dead-lettered" in shown[1] and "400" in shown[1]
    unknown = server.command("deliveries", "--rule", "nobody", check=False)
    assert unknown.returncode == 1 and "Rule nobody does not exist on EventBus default." in unknown.stderr
    dead = server.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert dead["MessageAttributes"]["RULE_ARN"]["StringValue"].endswith(":rule/logged")
    # Counted, too.
    import datetime as dt
    now = dt.datetime.now(dt.timezone.utc)
    watch = server.client("cloudwatch")

    def total(name):
        points = watch.get_metric_statistics(
            Namespace="AWS/Events", MetricName=name, Dimensions=[{"Name": "RuleName", "Value": "logged"}],
            StartTime=now - dt.timedelta(minutes=10), EndTime=now + dt.timedelta(minutes=10), Period=60, Statistics=["Sum"])["Datapoints"]
        return sum(point["Sum"] for point in points)

    wait_for(lambda: total("Invocations") == 20)
    assert total("FailedInvocations") == 10 and total("TriggeredRules") == 10 and total("InvocationsSentToDlq") == 10
