"""PutMetricData over HTTP: samples a second and CPU seconds of the server, by protocol, plain and compressed.

MARTLET_BIN names the folder of a release build. Requests are signed once and sent again and again over connections that stay open, by
processes that do nothing else; each holds 1,000 data of as many series, or 100 data with 150 values each.
"""

import gzip
import http.client
import json
import multiprocessing
import os
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Clients"))

from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from martlet_server import Server  # noqa: E402

SECONDS = float(os.environ.get("SECONDS_EACH", "6"))
CLIENTS = 4


def data(first: int, stamp: int) -> list[dict]:
    return [
        {"MetricName": "Loss", "Dimensions": [{"Name": "Model", "Value": f"m{number % 50}"}, {"Name": "Run", "Value": f"r{number}"}],
         "Timestamp": stamp, "Value": number * 0.37, "Unit": "Count"} for number in range(first, first + 1000)]


def many(stamp: int) -> list[dict]:
    return [
        {"MetricName": "Latency", "Dimensions": [{"Name": "Model", "Value": f"m{number}"}], "Timestamp": stamp,
         "Values": [value * 1.7 + number for value in range(150)], "Counts": [1 + value % 3 for value in range(150)]}
        for number in range(100)]


def cbor(value) -> bytes:
    def head(major: int, size: int) -> bytes:
        if size < 24:
            return bytes([major << 5 | size])
        width = 0 if size < 1 << 8 else 1 if size < 1 << 16 else 2 if size < 1 << 32 else 3
        return bytes([major << 5 | 24 + width]) + size.to_bytes(1 << width, "big")

    import struct
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(
            cbor(name) + (b"\xc1" if name == "Timestamp" else b"") + cbor(member) for name, member in value.items())
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, int):
        return head(0, value)
    return b"\xfb" + struct.pack(">d", value)


def form(document: dict) -> bytes:
    flat = {"Action": "PutMetricData", "Version": "2010-08-01"}

    def add(name: str, value) -> None:
        if isinstance(value, dict):
            for member, inner in value.items():
                add(f"{name}.{member}" if name else member, inner)
        elif isinstance(value, list):
            for position, inner in enumerate(value):
                add(f"{name}.member.{position + 1}", inner)
        elif name.endswith("Timestamp"):
            flat[name] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
        else:
            flat[name] = str(value)

    add("", document)
    return urllib.parse.urlencode(flat).encode()


def requests(server: Server, protocol: str, packed: bool, documents: list[dict]) -> list[tuple[str, bytes, dict]]:
    key = server.key()
    made = []
    for document in documents:
        if protocol == "cbor":
            path, body = "/service/GraniteServiceVersion20100801/operation/PutMetricData", cbor(document)
            headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
        elif protocol == "json":
            path, body = "/", json.dumps(document).encode()
            headers = {"X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData", "Content-Type": "application/x-amz-json-1.0"}
        else:
            path, body = "/", form(document)
            headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        if packed:
            body, headers["Content-Encoding"] = gzip.compress(body, 6), "gzip"
        request = AWSRequest("POST", server.endpoint + path, data=body, headers=headers)
        SigV4Auth(Credentials(key["accessKey"], key["secret"]), "monitoring", server.region).add_auth(request)
        made.append((path, body, dict(request.headers)))
    return made


def send(port: int, made: list, until: float, counts, place: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    sent = 0
    while time.monotonic() < until:
        path, body, headers = made[(sent + place) % len(made)]
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {text[:300]!r}")
        sent += 1
    counts[place] = sent


def used(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    server = Server().start()
    try:
        stamp = int(time.time()) // 60 * 60
        small = [{"Namespace": "Bench", "MetricData": data(first * 1000, stamp)} for first in range(10)]
        large = [{"Namespace": "Bench", "MetricData": many(stamp)}]
        for kind, documents, samples in (("1,000 data", small, 1_000), ("100 data of 150 values", large, 15_000)):
            for protocol in ("json", "cbor", "query"):
                for packed in (False, True):
                    made = requests(server, protocol, packed, documents)
                    counts = multiprocessing.Array("q", CLIENTS)
                    begin, before = time.monotonic(), used(server.process.pid)
                    until = begin + SECONDS
                    senders = [
                        multiprocessing.Process(target=send, args=(server.port, made, until, counts, place)) for place in range(CLIENTS)]
                    for sender in senders:
                        sender.start()
                    for sender in senders:
                        sender.join()
                    wall, cpu = time.monotonic() - begin, used(server.process.pid) - before
                    total = sum(counts) * samples
                    print(
                        f"{kind:24} {protocol:6} {'gzip' if packed else 'plain':6} {len(made[0][1]):8} bytes {total / wall:10,.0f} samples/s "
                        f"{total / max(cpu, 0.01):10,.0f} per CPU second of the server", flush=True)
    finally:
        server.close()


if __name__ == "__main__":
    main()
