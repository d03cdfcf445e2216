"""HTTP/1.1 as clients, proxies and probes speak it."""

import http.client
import socket
import threading
import time
from pathlib import Path

import pytest

HEALTH = b"GET /_martlet/health HTTP/1.1\r\nHost: x\r\n\r\n"


class Wire:
    """A connection on which bytes are sent as they are."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 10)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
        status = int(self.reader.readline().split()[1])
        headers = {}
        while line := self.reader.readline().strip():
            name, value = line.decode().split(":", 1)
            headers[name.lower()] = value.strip()
        return status, headers, self.reader.read(int(headers["content-length"])) if has_body else b""

    def has_ended(self) -> bool:
        return self.reader.read(1) == b""


def test_requests_of_one_connection_are_answered_in_their_order(server):
    with Wire(server) as wire:
        wire.send(HEALTH + b"GET /_martlet/nothing HTTP/1.1\r\nHost: x\r\n\r\n" + HEALTH)
        assert [wire.answer()[0] for _ in range(3)] == [200, 404, 200]
        wire.send(HEALTH)
        assert b'"status":"ok"' in wire.answer()[2]


def test_a_request_may_come_byte_by_byte(server):
    body = b"Action=Nothing&Version=2010-03-31"
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with Wire(server) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            wire.send(bytes([byte]))
        status, headers, answer = wire.answer()
        assert (status, headers["content-type"]) == (400, "text/xml") and b"InvalidAction" in answer


def test_a_body_may_come_in_chunks(server):
    chunks = b"7\r\nAction=\r\n8;a=b\r\nNothing&\r\n12\r\nVersion=2010-03-31\r\n0\r\nX-Trailer: y\r\n\r\n"
    with Wire(server) as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        status, _, answer = wire.answer()
        assert status == 400 and b"Nothing for version 2010-03-31" in answer
        wire.send(HEALTH)
        assert wire.answer()[0] == 200


def test_head_has_no_body(server):
    with Wire(server) as wire:
        wire.send(HEALTH.replace(b"GET", b"HEAD") + HEALTH)
        status, headers, _ = wire.answer(has_body=False)
        assert status == 200 and int(headers["content-length"]) > 0
        assert wire.answer()[0] == 200


@pytest.mark.parametrize("request_line", [b"GET /_martlet/health HTTP/1.1\r\nConnection: close", b"GET /_martlet/health HTTP/1.0"])
def test_a_connection_ends_where_its_client_says_so(server, request_line):
    with Wire(server) as wire:
        wire.send(request_line + b"\r\nHost: x\r\n\r\n")
        status, headers, body = wire.answer()
        assert status == 200 and headers["connection"] == "close" and b"ok" in body
        assert wire.has_ended()


def test_who_has_no_more_to_ask_still_gets_the_answer(server):
    with Wire(server) as wire:
        wire.send(HEALTH)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer()[0] == 200
        assert wire.has_ended()
    with Wire(server) as wire:
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.has_ended()


def test_a_body_that_is_too_long_is_refused_before_it_has_come(server):
    with Wire(server) as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nsome")
        status, _, answer = wire.answer()
        assert status == 413 and b"RequestEntityTooLargeException" in answer


def test_what_is_no_request_is_told_so(server):
    with Wire(server) as wire:
        wire.send(b"GET /_martlet/health\r\n\r\n")
        assert wire.reader.readline().split()[1] == b"400"


def test_who_asks_and_does_not_read_fills_no_memory(own_server):
    def resident() -> float:
        return int(Path(f"/proc/{own_server.process.pid}/statm").read_text().split()[1]) * 4096 / 1e6

    # The answer tells the page that there is none of.
    count = 5_000
    page = HEALTH.replace(b"health", b"x" * 10_000)
    with Wire(own_server) as wire:
        wire.socket.settimeout(180)
        wire.send(page)
        assert len(wire.answer()[2]) > 10_000
        before = resident()
        sender = threading.Thread(target=wire.send, args=(page * count,))
        sender.start()
        sender.join(3)
        assert sender.is_alive() and resident() - before < 30
        for _ in range(count):
            assert wire.answer()[0] == 404
        sender.join()


def test_a_large_answer_comes_whole(own_server):
    """Longer than what a socket takes at once, and then the next."""
    events = own_server.client("logs")
    events.create_log_group(logGroupName="g")
    events.create_log_stream(logGroupName="g", logStreamName="s")
    now = int(time.time() * 1000)
    for part in range(8):
        events.put_log_events(
            logGroupName="g", logStreamName="s", logEvents=[{"timestamp": now + part, "message": f"{part}" * 900} for _ in range(1_000)])
    got = events.get_log_events(logGroupName="g", logStreamName="s", startFromHead=True, limit=10_000)["events"]
    assert sum(len(event["message"]) for event in got) > 900_000
    assert own_server.client("sts").get_caller_identity()


def test_a_stop_waits_for_no_idle_connection(own_server):
    connection = http.client.HTTPConnection("127.0.0.1", own_server.port)
    connection.request("GET", "/_martlet/health")
    assert connection.getresponse().read()
    begin = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - begin < 5
