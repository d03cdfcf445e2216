"""PutLogEvents over HTTP: megabytes of messages a second and CPU seconds of the server, plain and compressed.

MARTLET_BIN names the folder of a release build; an argument names a folder of logs_gen.py, whose messages are sent, 3,000 in a request
(some 0.6 MB). Requests are signed once and sent again and again over connections that stay open, each to a stream of its own.
"""

import gzip
import json
import multiprocessing
import sys
import time
from pathlib import Path

from put_metric_data import CLIENTS, SECONDS, Server, send, used

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

EVENTS = 3_000


def requests(server: Server, packed: bool, lines: list[str]) -> list[tuple[str, bytes, dict]]:
    key = server.key()
    now = int(time.time() * 1000)
    made = []
    for number in range(8):
        messages = [line.split("\t", 2)[2] for line in lines[number * EVENTS:(number + 1) * EVENTS]]
        body = json.dumps({
            "logGroupName": "bench", "logStreamName": f"s{number}",
            "logEvents": [{"timestamp": now + place // 10, "message": message} for place, message in enumerate(messages)]}).encode()
        headers = {"X-Amz-Target": "Logs_20140328.PutLogEvents", "Content-Type": "application/x-amz-json-1.1"}
        if packed:
            body, headers["Content-Encoding"] = gzip.compress(body, 6), "gzip"
        request = AWSRequest("POST", server.endpoint + "/", data=body, headers=headers)
        SigV4Auth(Credentials(key["accessKey"], key["secret"]), "logs", server.region).add_auth(request)
        made.append(("/", body, dict(request.headers)))
    return made


def main() -> None:
    with open(Path(sys.argv[1]) / "logs-0000.tsv", encoding="utf-8") as file:
        lines = [next(file).rstrip("\n") for _ in range(8 * EVENTS)]
    size = sum(len(line.split("\t", 2)[2].encode()) for line in lines) / 8
    server = Server().start()
    try:
        logs = server.client("logs")
        logs.create_log_group(logGroupName="bench")
        for number in range(8):
            logs.create_log_stream(logGroupName="bench", logStreamName=f"s{number}")
        for packed in (False, True):
            made = requests(server, packed, lines)
            counts = multiprocessing.Array("q", CLIENTS)
            begin, before = time.monotonic(), used(server.process.pid)
            until = begin + SECONDS
            senders = [multiprocessing.Process(target=send, args=(server.port, made, until, counts, place)) for place in range(CLIENTS)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
            wall, cpu = time.monotonic() - begin, used(server.process.pid) - before
            total = sum(counts) * size / 1e6
            print(f"{'gzip' if packed else 'plain':6} {total / wall:8.0f} MB/s {total / cpu:8.0f} MB per CPU second of the server", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
