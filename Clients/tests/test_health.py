"""What the server says of itself while its disk is full."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from martlet_server import Server, wait_for


def health(server):
    try:
        with urllib.request.urlopen(server.endpoint + "/_martlet/health", timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def small_disk():
    """A file system of some megabytes; only root can make one."""
    folder = tempfile.mkdtemp(prefix="martlet-small-")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, text=True)
    if made.returncode:
        os.rmdir(folder)
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_full_disk_is_told_until_there_is_room(small_disk):
    server = Server(data=small_disk).start()
    filler = Path(small_disk, "filler")
    try:
        status, found = health(server)
        assert status == 200 and found["status"] == "ok" and "stores" not in found
        with open(filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        # What stores have reserved they can still write to; samples use that up.
        cloudwatch = server.client("cloudwatch")
        for number in range(400):
            try:
                cloudwatch.put_metric_data(
                    Namespace="Full", MetricData=[{"MetricName": f"m{number}-{n}", "Value": n} for n in range(1000)])
            except Exception as error:
                assert "ServiceUnavailable" in str(error) or "InternalFailure" in str(error) or "503" in str(error), error
                break
        wait_for(lambda: health(server)[0] == 503)
        status, found = health(server)
        assert found["status"] == "unwritable"
        assert "metrics" in [store["name"] for store in found["stores"]] and all(store["reason"] for store in found["stores"])
        # Reading goes on.
        assert server.client("cloudwatch").list_metrics(Namespace="Full") is not None
        filler.unlink()
        wait_for(lambda: health(server)[0] == 200)
        assert health(server)[1]["status"] == "ok"
        cloudwatch.put_metric_data(Namespace="Full", MetricData=[{"MetricName": "after", "Value": 1}])
        time.sleep(1.1)
        assert health(server)[0] == 200
    finally:
        server.close()
