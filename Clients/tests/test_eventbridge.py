"""EventBridge as boto3 sees it: archives and replays, buses of other accounts, connections, API destinations."""

import base64
import json
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from martlet_server import ROLE, wait_for

ACCOUNT = "000000000000"
REGION = "eu-central-1"


class Endpoint:
    """An HTTP server in a thread: a token endpoint and a hook that writes down what it gets."""

    def __init__(self):
        self.calls: list[dict] = []
        self.tokens = 0
        self.statuses: list[int] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                call = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body, "at": time.time()}
                status, reply = 200, b"{}"
                if self.path.startswith("/token"):
                    endpoint.tokens += 1
                    reply = json.dumps({"access_token": f"t{endpoint.tokens}", "token_type": "Bearer", "expires_in": 3600}).encode()
                    call["token"] = True
                elif endpoint.statuses:
                    status = endpoint.statuses.pop(0)
                endpoint.calls.append(call)
                self.send_response(status)
                self.send_header("content-length", str(len(reply)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hooks(self) -> list[dict]:
        return [call for call in self.calls if "token" not in call]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.close()


def name() -> str:
    return f"n{uuid.uuid4().hex[:8]}"


def queue(server) -> tuple[str, str]:
    made = name()
    return server.client("sqs").create_queue(QueueName=made)["QueueUrl"], f"arn:aws:sqs:{REGION}:{ACCOUNT}:{made}"


def drain(server, url: str) -> list[dict]:
    sqs, found = server.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=3600).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def bus(server) -> tuple[str, str]:
    made = name()
    return made, server.client("events").create_event_bus(Name=made)["EventBusArn"]


def rule(server, bus_name: str, target: dict, pattern: dict | None = None) -> str:
    made, events = name(), server.client("events")
    arn = events.put_rule(Name=made, EventBusName=bus_name, EventPattern=json.dumps(pattern or {"source": ["app"]}))["RuleArn"]
    answer = events.put_targets(Rule=made, EventBusName=bus_name, Targets=[{"Id": "1", **target}])
    assert answer["FailedEntryCount"] == 0, answer
    return arn


def put(server, bus_name: str, numbers, **more) -> None:
    events, numbers = server.client("events"), list(numbers)
    for start in range(0, len(numbers), 10):
        entries = [
            {"Source": "app", "DetailType": "t", "Detail": json.dumps({"n": n}), "EventBusName": bus_name, **more}
            for n in numbers[start:start + 10]
        ]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0


def window() -> dict:
    now = datetime.now(timezone.utc)
    return {"EventStartTime": now - timedelta(hours=1), "EventEndTime": now + timedelta(hours=1)}


def replayed(server, replay: str) -> dict:
    def ended():
        seen = server.client("events").describe_replay(ReplayName=replay)
        return seen if seen["State"] in ("COMPLETED", "CANCELLED", "FAILED") else None
    return wait_for(ended, 60)


def test_archive_and_replay(server):
    events = server.client("events")
    (made, arn), archive = bus(server), name()
    created = events.create_archive(
        ArchiveName=archive, EventSourceArn=arn, EventPattern=json.dumps({"detail": {"n": [{"numeric": [">", 2]}]}}), RetentionDays=7)
    assert created["State"] == "ENABLED"
    assert events.describe_rule(Name=f"Events-Archive-{archive}", EventBusName=made)["ManagedBy"] == "prod.vhs.events.aws.internal"
    with pytest.raises(events.exceptions.ManagedRuleException):
        events.disable_rule(Name=f"Events-Archive-{archive}", EventBusName=made)
    put(server, made, range(1, 6))
    seen = events.describe_archive(ArchiveName=archive)
    assert (seen["EventCount"], seen["RetentionDays"]) == (3, 7)
    assert [a["ArchiveName"] for a in events.list_archives(EventSourceArn=arn)["Archives"]] == [archive]
    url, target = queue(server)
    wanted = rule(server, made, {"Arn": target})
    rule(server, made, {"Arn": target})
    replay = name()
    started = events.start_replay(
        ReplayName=replay, EventSourceArn=created["ArchiveArn"], Destination={"Arn": arn, "FilterArns": [wanted]}, **window())
    assert started["State"] == "STARTING"
    assert replayed(server, replay)["State"] == "COMPLETED"
    wait_for(lambda: server.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]["ApproximateNumberOfMessages"] == "3")
    found = drain(server, url)
    assert sorted(event["detail"]["n"] for event in found) == [3, 4, 5]
    assert {event["replay-name"] for event in found} == {replay}
    assert events.describe_archive(ArchiveName=archive)["EventCount"] == 3
    with pytest.raises(events.exceptions.IllegalStatusException):
        events.cancel_replay(ReplayName=replay)
    with pytest.raises(ClientError, match="can't be deleted since it has rules"):
        events.delete_event_bus(Name=made)
    events.delete_archive(ArchiveName=archive)
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_archive(ArchiveName=archive)


def test_a_replay_goes_on_after_kill_9(own_server):
    """Every archived event comes back exactly once, whenever the server is killed."""
    server = own_server
    events, count = server.client("events"), 3_000
    made, arn = bus(server)
    archive = events.create_archive(ArchiveName="a", EventSourceArn=arn)["ArchiveArn"]
    put(server, made, range(count))
    assert events.describe_archive(ArchiveName="a")["EventCount"] == count
    url, target = queue(server)
    rule(server, made, {"Arn": target})
    events.start_replay(ReplayName="r", EventSourceArn=archive, Destination={"Arn": arn}, **window())
    states = []
    for pause in (0.05, 0.2, 0.4):
        time.sleep(pause)
        server.kill()
        server.start()
        states.append(server.client("events").describe_replay(ReplayName="r")["State"])
    assert states[0] != "COMPLETED", "it was killed too late to show anything"
    assert replayed(server, "r")["State"] == "COMPLETED"
    sqs = server.client("sqs")
    wait_for(lambda: int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"][
        "ApproximateNumberOfMessages"]) >= count, 60)
    assert sorted(event["detail"]["n"] for event in drain(server, url)) == list(range(count))


def test_cancelled_replay(own_server):
    events = own_server.client("events")
    made, arn = bus(own_server)
    archive = events.create_archive(ArchiveName="a", EventSourceArn=arn)["ArchiveArn"]
    put(own_server, made, range(2_000))
    events.start_replay(ReplayName="r", EventSourceArn=archive, Destination={"Arn": arn}, **window())
    assert events.cancel_replay(ReplayName="r")["State"] == "CANCELLING"
    assert replayed(own_server, "r")["State"] == "CANCELLED"


def test_permissions(server):
    events = server.client("events")
    made, arn = bus(server)
    events.put_permission(EventBusName=made, Action="events:PutEvents", Principal="111111111111", StatementId="one")
    policy = json.loads(events.describe_event_bus(Name=made)["Policy"])
    assert policy["Statement"] == [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "events:PutEvents",
        "Resource": arn}]
    foreign = f"arn:aws:events:{REGION}:111111111111:event-bus/default"
    entry = {"Source": "app", "DetailType": "t", "Detail": "{}", "EventBusName": foreign}
    answer = events.put_events(Entries=[entry])
    assert answer["Entries"][0]["ErrorCode"] == "AccessDeniedException"
    events.remove_permission(EventBusName=made, StatementId="one")
    with pytest.raises(events.exceptions.ResourceNotFoundException, match="Statement with the provided id does not exist."):
        events.remove_permission(EventBusName=made, StatementId="one")
    updated = events.update_event_bus(Name=made, Description="d", LogConfig={"Level": "ERROR", "IncludeDetail": "NONE"})
    assert updated["LogConfig"] == {"Level": "ERROR", "IncludeDetail": "NONE"}


def test_api_destination(server, endpoint):
    events = server.client("events")
    made, _ = bus(server)
    connection = events.create_connection(
        Name=name(), AuthorizationType="BASIC",
        AuthParameters={
            "BasicAuthParameters": {"Username": "user", "Password": "hush"},
            "InvocationHttpParameters": {
                "HeaderParameters": [{"Key": "X-Secret", "Value": "hush", "IsValueSecret": True}],
                "BodyParameters": [{"Key": "added", "Value": "1", "IsValueSecret": False}]},
        })
    assert connection["ConnectionState"] == "AUTHORIZED"
    seen = events.describe_connection(Name=connection["ConnectionArn"].split("/")[1])
    assert seen["AuthParameters"]["BasicAuthParameters"] == {"Username": "user"}
    assert "hush" not in json.dumps(seen, default=str)
    destination = events.create_api_destination(
        Name=name(), ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=f"{endpoint.url}/jobs/*", HttpMethod="PUT")
    assert destination["ApiDestinationState"] == "ACTIVE"
    endpoint.statuses = [503]
    rule(server, made, {
        "Arn": destination["ApiDestinationArn"], "RoleArn": ROLE, "InputPath": "$.detail",
        "HttpParameters": {"PathParameterValues": ["$.detail.n"], "QueryStringParameters": {"type": "$.detail-type"}}})
    put(server, made, [7])
    wait_for(lambda: len(endpoint.hooks()) == 2)
    call = endpoint.hooks()[-1]
    assert call["method"] == "PUT"
    assert urlsplit(call["path"]).path == "/jobs/7"
    assert parse_qs(urlsplit(call["path"]).query) == {"type": ["t"]}
    assert json.loads(call["body"]) == {"n": 7, "added": "1"}
    headers = {key.lower(): value for key, value in call["headers"].items()}
    assert headers["authorization"] == "Basic " + base64.b64encode(b"user:hush").decode()
    assert headers["x-secret"] == "hush"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"] == "Amazon/EventBridge/ApiDestinations"


def test_oauth_connection(server, endpoint):
    events = server.client("events")
    made, _ = bus(server)
    connection = events.create_connection(
        Name=name(), AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
        AuthParameters={"OAuthParameters": {
            "ClientParameters": {"ClientID": "id", "ClientSecret": "hush"}, "AuthorizationEndpoint": f"{endpoint.url}/token",
            "HttpMethod": "POST"}})
    assert connection["ConnectionState"] == "AUTHORIZING"
    shown = connection["ConnectionArn"].split("/")[1]
    wait_for(lambda: events.describe_connection(Name=shown)["ConnectionState"] == "AUTHORIZED")
    assert parse_qs(endpoint.calls[0]["body"]) == {
        "grant_type": ["client_credentials"], "client_id": ["id"], "client_secret": ["hush"]}
    destination = events.create_api_destination(
        Name=name(), ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=f"{endpoint.url}/hook", HttpMethod="POST")
    rule(server, made, {"Arn": destination["ApiDestinationArn"], "RoleArn": ROLE})
    endpoint.statuses = [401]
    put(server, made, [1])
    wait_for(lambda: len(endpoint.hooks()) == 2)
    tokens = [{key.lower(): value for key, value in call["headers"].items()}["authorization"] for call in endpoint.hooks()]
    assert tokens == ["Bearer t1", "Bearer t2"]
    assert events.deauthorize_connection(Name=shown)["ConnectionState"] == "DEAUTHORIZING"
    assert events.describe_connection(Name=shown)["ConnectionState"] == "DEAUTHORIZED"


def test_rate_limit(server, endpoint):
    events = server.client("events")
    made, _ = bus(server)
    connection = events.create_connection(
        Name=name(), AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}})
    destination = events.create_api_destination(
        Name=name(), ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=f"{endpoint.url}/hook", HttpMethod="POST",
        InvocationRateLimitPerSecond=10)
    rule(server, made, {
        "Arn": destination["ApiDestinationArn"], "RoleArn": ROLE, "RetryPolicy": {"MaximumRetryAttempts": 0}})
    put(server, made, range(40))
    wait_for(lambda: len(endpoint.hooks()) == 40)
    assert sorted(json.loads(call["body"])["detail"]["n"] for call in endpoint.hooks()) == list(range(40))
    times = sorted(call["at"] for call in endpoint.hooks())
    # Ten at once, then ten a second.
    assert times[-1] - times[0] > 2.5


TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_trace_headers(server, endpoint):
    """An entry's TraceHeader, or the request's own, goes to every kind of target that takes one."""
    events, sqs, states = server.client("events"), server.client("sqs"), server.client("stepfunctions")
    made, _ = bus(server)
    url, target = queue(server)
    machine = states.create_state_machine(
        name=name(), roleArn=ROLE, definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}')["stateMachineArn"]
    connection = events.create_connection(
        Name=name(), AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "k", "ApiKeyValue": "v"}})
    destination = events.create_api_destination(
        Name=name(), ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=f"{endpoint.url}/hook", HttpMethod="POST")
    for one in ({"Arn": target}, {"Arn": machine, "RoleArn": ROLE}, {"Arn": destination["ApiDestinationArn"], "RoleArn": ROLE}):
        rule(server, made, one)
    put(server, made, [1], TraceHeader=TRACE)
    message = wait_for(lambda: sqs.receive_message(
        QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]).get("Messages"))[0]
    assert message["Attributes"] == {"AWSTraceHeader": TRACE}
    wait_for(endpoint.hooks)
    assert {key.lower(): value for key, value in endpoint.hooks()[0]["headers"].items()}["x-amzn-trace-id"] == TRACE
    execution = wait_for(lambda: states.list_executions(stateMachineArn=machine)["executions"])[0]["executionArn"]
    assert states.describe_execution(executionArn=execution)["traceHeader"] == TRACE

    def traced(request, **_):
        request.headers["X-Amzn-Trace-Id"] = TRACE
    sender = server.client("events")
    sender.meta.events.register("before-sign.events.PutEvents", traced)
    sender.put_events(Entries=[{"Source": "app", "DetailType": "t", "Detail": "{}", "EventBusName": made}])
    wait_for(lambda: len(endpoint.hooks()) == 2)
    assert {key.lower(): value for key, value in endpoint.hooks()[1]["headers"].items()}["x-amzn-trace-id"] == TRACE
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="b", MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}})
    assert sent["MD5OfMessageSystemAttributes"]


def test_logs_of_a_bus(server):
    events, logs = server.client("events"), server.client("logs")
    made = name()
    assert events.create_event_bus(Name=made, LogConfig={"Level": "INFO", "IncludeDetail": "FULL"})["LogConfig"]["Level"] == "INFO"
    _, target = queue(server)
    arn = rule(server, made, {"Arn": target})
    put(server, made, [1])
    group = f"/aws/vendedlogs/events/event-bus/{made}"

    def read():
        try:
            found = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return None
        return [json.loads(event["message"]) for event in found] if len(found) >= 3 else None
    records = wait_for(read)
    assert [record["message_type"] for record in records] == ["EVENT_INGEST_SUCCESS", "RULE_MATCH", "INVOCATION_SUCCESS"]
    assert records[0]["details"]["event_detail"] == '{"n":1}'
    assert records[2]["details"]["rule_arn"] == arn and records[2]["details"]["total_attempts"] == 1
    query = logs.start_query(
        logGroupName=group, startTime=int(time.time()) - 600, endTime=int(time.time()) + 600,
        queryString="filter message_type = 'INVOCATION_SUCCESS' | stats count(*) as n by details.target_arn")["queryId"]
    answer = wait_for(lambda: (lambda found: found if found["status"] == "Complete" else None)(logs.get_query_results(queryId=query)))
    assert {"field": "details.target_arn", "value": target} in answer["results"][0]


def test_connection_events(server, endpoint):
    events, sqs = server.client("events"), server.client("sqs")
    url, target = queue(server)
    made = name()
    events.put_rule(Name=made, EventPattern=json.dumps({"source": ["aws.events"], "detail-type": [{"prefix": "Connection "}]}))
    events.put_targets(Rule=made, Targets=[{"Id": "1", "Arn": target}])
    connection = name()
    oauth = {"ClientParameters": {"ClientID": "id", "ClientSecret": "hush"}, "HttpMethod": "POST"}
    events.create_connection(
        Name=connection, AuthorizationType="OAUTH_CLIENT_CREDENTIALS",
        AuthParameters={"OAuthParameters": {**oauth, "AuthorizationEndpoint": f"{endpoint.url}/token"}})
    wait_for(lambda: events.describe_connection(Name=connection)["ConnectionState"] == "AUTHORIZED")
    # An authorization endpoint that refuses.
    endpoint.statuses = [403]
    events.update_connection(Name=connection, AuthParameters={"OAuthParameters": {**oauth, "AuthorizationEndpoint": f"{endpoint.url}/no"}})
    wait_for(lambda: events.describe_connection(Name=connection)["ConnectionState"] == "DEAUTHORIZED")
    events.delete_connection(Name=connection)
    wait_for(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"][
        "ApproximateNumberOfMessages"] == "7")
    seen = [event for event in drain(server, url) if event["detail"]["ConnectionName"] == connection]
    assert sorted(event["detail-type"] for event in seen) == sorted([
        "Connection Creation Started", "Connection Authorization Started", "Connection Authorized", "Connection Update Started",
        "Connection Authorization Started", "Connection Deauthorized", "Connection Deletion Started"])
    reasons = [event["detail"].get("StateReason") for event in seen if event["detail-type"] == "Connection Deauthorized"]
    assert "HTTP 403" in reasons[0]
    events.remove_targets(Rule=made, Ids=["1"])
    events.delete_rule(Name=made)


def test_partners_and_endpoints(server):
    events = server.client("events")
    assert events.list_event_sources()["EventSources"] == []
    assert events.list_endpoints()["Endpoints"] == []
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        events.describe_endpoint(Name="none")
    with pytest.raises(events.exceptions.OperationDisabledException):
        events.list_partner_event_sources(NamePrefix="aws.partner/example/")
