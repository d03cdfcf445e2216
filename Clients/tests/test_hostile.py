"""Whatever comes in: the right fault, never a crash."""

import json
import random
import socket
import urllib.error
import urllib.request

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError


def signed(server, service, headers, body, path="/", method="POST", secret=None, mutate=None):
    key = server.key()
    request = AWSRequest(method, server.endpoint + path, data=body, headers=headers)
    SigV4Auth(Credentials(key["accessKey"], secret or key["secret"]), service, server.region).add_auth(request)
    wire = urllib.request.Request(server.endpoint + path, data=body if method != "GET" else None, method=method, headers=dict(request.headers))
    if mutate:
        mutate(wire)
    try:
        with urllib.request.urlopen(wire, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AWSStepFunctions.StartExecution"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

TABLE = [
    ("truncated json", "states", JSON, b'{"stateMachineArn": "arn', 400, b"SerializationException"),
    ("no json", "states", JSON, b"\xff\xfe\x00", 400, b"SerializationException"),
    ("an array", "states", JSON, b"[1,2]", 400, b"SerializationException"),
    ("wrong type", "states", JSON, b'{"stateMachineArn": 5}', 400, b"SerializationException"),
    ("missing member", "states", JSON, b"{}", 400, b"ValidationException"),
    ("empty body", "states", JSON, b"", 400, b"ValidationException"),
    ("deep nesting", "states", JSON, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, b"SerializationException"),
    ("ten megabytes", "states", JSON, b'{"stateMachineArn": "' + b"x" * 10_000_000 + b'"}', 400, b"ValidationException"),
    ("unknown operation", "states", {**JSON, "X-Amz-Target": "AWSStepFunctions.Nothing"}, b"{}", 400, b"UnknownOperationException"),
    ("unknown target", "states", {**JSON, "X-Amz-Target": "Nobody.Nothing"}, b"{}", 400, b"UnknownOperationException"),
    ("unknown action", "sns", FORM, b"Action=Nothing&Version=2010-03-31", 400, b"InvalidAction"),
    ("broken form", "sns", FORM, b"Action=Publish&Version=2010-03-31&%ZZ=%", 400, b"<Error>"),
    ("hostile list", "sns", FORM, b"Action=Publish&Version=2010-03-31&Message=m&TopicArn=x&MessageAttributes.entry.99999999999.Name=a", 400, b"<Error>"),
    ("broken cbor", "monitoring", {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 400, b""),
]


@pytest.mark.parametrize("name, service, headers, body, status, words", TABLE, ids=[row[0] for row in TABLE])
def test_bad_input_gets_its_fault(server, name, service, headers, body, status, words):
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData" if "smithy-protocol" in headers else "/"
    code, answer = signed(server, service, headers, body, path)
    assert (code, words in answer) == (status, True), answer[:500]
    assert server.client("sts").get_caller_identity()


def test_bad_signatures_are_refused(server):
    good = b'{"stateMachineArn":"x"}'
    code, answer = signed(server, "states", JSON, good, secret="wrong")
    assert code in (400, 403) and b"InvalidSignatureException" in answer

    def forge(request):
        request.data = b'{"stateMachineArn":"y"}'

    code, answer = signed(server, "states", JSON, good, mutate=forge)
    assert code in (400, 403) and b"Signature" in answer
    code, answer = signed(server, "states", JSON, good, mutate=lambda request: request.remove_header("Authorization"))
    assert code in (400, 403) and b"MissingAuthenticationToken" in answer
    with pytest.raises(ClientError) as refusal:
        server.client("sts", aws_access_key_id="AKIANOBODY", aws_secret_access_key="x").get_caller_identity()
    assert refusal.value.response["Error"]["Code"] in ("InvalidClientTokenId", "UnrecognizedClientException")


def test_faults_tell_what_is_wrong(server):
    with pytest.raises(ClientError) as refusal:
        server.client("scheduler").get_schedule(Name="nobody")
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
    with pytest.raises(ClientError) as refusal:
        server.client("batch").submit_job(jobName="x", jobQueue="nobody", jobDefinition="none")
    assert "nobody" in refusal.value.response["Error"]["Message"]
    with pytest.raises(ClientError) as refusal:
        server.client("stepfunctions").create_state_machine(name="x", definition='{"StartAt": "A"}', roleArn="arn:aws:iam::000000000000:role/r")
    assert refusal.value.response["Error"]["Code"] == "InvalidDefinition"


def test_random_bytes_on_the_socket(server):
    chance = random.Random(7)
    seeds = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    ]
    for round in range(150):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(0, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with socket.create_connection(("127.0.0.1", server.port), 5) as wire:
            wire.settimeout(0.2)
            try:
                wire.sendall(bytes(data))
                wire.recv(4096)
            except (TimeoutError, ConnectionError):
                pass
    assert json.loads(server.page("/_martlet/health"))["status"] == "ok"


def test_random_calls_never_fail_inside(server):
    """Documents of the right shape with wrong parts: every answer is the caller's fault or a success, never the server's."""
    chance = random.Random(11)
    values = [None, True, 0, -1, 2**70, 1.5, "", "x" * 3000, [], {}, [None], {"a": []}, "arn:aws:iam::000000000000:role/r", "rate(1 minute)", "\u0000"]
    calls = [
        ("states", "AWSStepFunctions", "CreateStateMachine", ["name", "definition", "roleArn", "tags"]),
        ("states", "AWSStepFunctions", "GetExecutionHistory", ["executionArn", "maxResults", "nextToken", "reverseOrder"]),
        ("events", "AWSEvents", "PutRule", ["Name", "ScheduleExpression", "EventPattern", "State", "Tags"]),
        ("events", "AWSEvents", "PutEvents", ["Entries"]),
        ("events", "AWSEvents", "PutTargets", ["Rule", "Targets", "EventBusName"]),
        ("logs", "Logs_20140328", "PutLogEvents", ["logGroupName", "logStreamName", "logEvents"]),
        ("logs", "Logs_20140328", "FilterLogEvents", ["logGroupName", "filterPattern", "startTime", "endTime", "limit", "nextToken"]),
        ("monitoring", "GraniteServiceVersion20100801", "PutMetricData", ["Namespace", "MetricData"]),
        ("monitoring", "GraniteServiceVersion20100801", "GetMetricData", ["MetricDataQueries", "StartTime", "EndTime", "NextToken"]),
        ("sqs", "AmazonSQS", "SendMessage", ["QueueUrl", "MessageBody", "DelaySeconds", "MessageAttributes"]),
    ]
    for _ in range(400):
        service, target, operation, members = chance.choice(calls)
        body = {member: chance.choice(values) for member in members if chance.random() < 0.8}
        code, answer = signed(
            server, service, {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"{target}.{operation}"}, json.dumps(body).encode())
        assert code < 500, (operation, body, answer[:300])
