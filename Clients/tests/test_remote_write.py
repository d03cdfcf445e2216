"""Prometheus's remote write over HTTP: credentials, storing, what is refused, and that a kill loses nothing answered."""

import base64
import http.client
import struct
import time
from datetime import datetime, timedelta, timezone

PATH = "/_martlet/api/v1/write"


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def request(series: list[tuple[dict[str, str], list[tuple[int, float]]]]) -> bytes:
    out = b""
    for labels, samples in series:
        body = b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in labels.items())
        body += b"".join(field(2, b"\x09" + struct.pack("<d", v) + b"\x10" + varint(t)) for t, v in samples)
        out += field(1, body)
    return out


def snappy(body: bytes) -> bytes:
    """Literals only: a valid block that needs no library."""
    out = varint(len(body))
    for start in range(0, len(body), 60):
        part = body[start : start + 60]
        out += bytes([(len(part) - 1) << 2]) + part
    return out


def credentials(server) -> tuple[str, str]:
    lines = open(f"{server.data}/aws-config").read().splitlines()
    pairs = dict(line.strip().split(" = ", 1) for line in lines if " = " in line)
    return pairs["aws_access_key_id"], pairs["aws_secret_access_key"]


def post(server, body: bytes, basic: tuple[str, str] | None, **headers: str) -> tuple[int, str]:
    sent = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", **{k.replace("_", "-"): v for k, v in headers.items()}}
    if basic:
        sent["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", PATH, body, sent)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_stores_and_refuses(server):
    now = int(time.time() * 1000)
    body = snappy(request([({"__name__": "up", "job": "clients"}, [(now - 10_000, 1.0), (now, 3.0)])]))
    key = credentials(server)
    assert post(server, body, None)[0] == 401
    assert post(server, body, (key[0], "wrong"))[0] == 401
    for _ in range(2):
        assert post(server, body, key) == (204, "")
    assert post(server, body, key, Content_Type="application/x-protobuf;proto=io.prometheus.write.v2.Request")[0] == 415
    assert post(server, b"garbage", key)[0] == 400
    wide = request([({"__name__": "wide", **{f"l{n}": "v" for n in range(31)}}, [(now, 1.0)])])
    status, text = post(server, snappy(wide), key)
    assert status == 400 and "31 labels" in text


def test_killed_amid_requests(own_server):
    key = credentials(own_server)
    begin = int(time.time()) - 600
    for round in range(3):
        for number in range(round * 100, round * 100 + 100):
            body = snappy(request([({"__name__": "steps", "part": str(p)}, [((begin + number) * 1000, number)]) for p in range(3)]))
            assert post(own_server, body, key) == (204, "")
        own_server.kill()
        own_server.start()
    import boto3

    client = boto3.client(
        "cloudwatch", endpoint_url=own_server.endpoint, region_name=own_server.region, aws_access_key_id=key[0], aws_secret_access_key=key[1])
    for part in range(3):
        metric = {"Namespace": "Prometheus", "MetricName": "steps", "Dimensions": [{"Name": "part", "Value": str(part)}]}
        start = datetime.fromtimestamp(begin, timezone.utc) - timedelta(hours=1)
        found = client.get_metric_data(
            MetricDataQueries=[{"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "SampleCount"}}], StartTime=start,
            EndTime=start + timedelta(hours=2))["MetricDataResults"][0]
        assert sum(found["Values"]) == 300
