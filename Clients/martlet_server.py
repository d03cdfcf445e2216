"""A Martlet server for tests: started on a free port with a data folder of its own, killed and started again at will."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

ROOT = Path(__file__).resolve().parent.parent


def binary() -> str:
    """The folder of the programs: MARTLET_BIN, else the debug build."""
    return os.environ.get("MARTLET_BIN") or str(ROOT / ".build" / "debug")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process and its data folder."""

    def __init__(self, *options: str, region: str = "eu-central-1", scheme: str = "http", data: str | None = None) -> None:
        self.data = data or tempfile.mkdtemp(prefix="martlet-")
        self.port = free_port()
        self.region = region
        self.options = list(options)
        self.scheme = scheme
        self.process: subprocess.Popen[bytes] | None = None
        self.log = open(Path(self.data) / "server.log", "ab")

    @property
    def endpoint(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self, wait: float = 20) -> "Server":
        command = [
            f"{binary()}/martlet", "serve", "--data", self.data, "--address", f"127.0.0.1:{self.port}", "--region", self.region,
            *self.options,
        ]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 0.2):
                    return self
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(self.output()) from None
                time.sleep(0.01)
        raise RuntimeError("the server does not answer\n" + self.output())

    def output(self) -> str:
        return Path(self.data, "server.log").read_text(errors="replace")

    def key(self) -> dict[str, str]:
        return json.loads(Path(self.data, "root-key.json").read_text())

    def kill(self) -> None:
        """Ends it as a power failure would, as far as a process can tell."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self, wait: float = 30) -> int:
        """Ends it as an operator would; answers its exit status."""
        if not self.process:
            return 0
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(wait)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """What AWS tools need to reach it."""
        key = self.key()
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": key["accessKey"],
            "AWS_SECRET_ACCESS_KEY": key["secret"],
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def client(self, service: str, **more):
        key = self.key()
        arguments = {
            "endpoint_url": self.endpoint, "region_name": self.region, "aws_access_key_id": key["accessKey"],
            "aws_secret_access_key": key["secret"], "config": Config(retries={"max_attempts": 0}, read_timeout=60),
        }
        return boto3.client(service, **{**arguments, **more})

    def api(self, service: str, operation: str, **given):
        """An operation beyond AWS's: POST /_martlet/api/SERVICE/OPERATION, signed."""
        key = self.key()
        body = json.dumps(given).encode()
        request = AWSRequest("POST", f"{self.endpoint}/_martlet/api/{service}/{operation}", data=body)
        SigV4Auth(Credentials(key["accessKey"], key["secret"]), "martlet", self.region).add_auth(request)
        try:
            with urllib.request.urlopen(
                urllib.request.Request(request.url, body, dict(request.headers), method="POST"), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{error.code} {error.read().decode()}") from None

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs the martlet program against this server."""
        return subprocess.run(
            [f"{binary()}/martlet", *arguments], env={**os.environ, **self.environment()}, capture_output=True, text=True, timeout=120,
            check=check)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(self.endpoint + path, timeout=10) as answer:
            return answer.read().decode()


def wait_for(check, seconds: float = 30, every: float = 0.05):
    """The first true answer of the check. Fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(every)
    raise AssertionError("it did not happen in time")


def batch_queue(server: Server, name: str = "queue", vcpus: int = 64) -> str:
    """A compute environment with a queue of the same name."""
    batch = server.client("batch")
    batch.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED",
        computeResources={"type": "EC2", "maxvCpus": vcpus, "subnets": ["local"], "instanceTypes": ["optimal"]})
    return batch.create_job_queue(
        jobQueueName=name, priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": name}])["jobQueueArn"]


def job_definition(server: Server, name: str, command: list[str], **more) -> str:
    return server.client("batch").register_job_definition(
        jobDefinitionName=name, type="container",
        containerProperties={
            "image": "local", "command": command,
            "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "256"}],
            "jobRoleArn": "arn:aws:iam::000000000000:role/job",
        }, **more)["jobDefinitionArn"]


ROLE = "arn:aws:iam::000000000000:role/martlet"
