"""Calls every operation that AWS's models know with parameters of the right shape and hostile values, and looks for failures inside.

Every answer must be a success, the caller's fault, or "not served": a 500, a dropped connection or a dead server ends the run with 1.

    .venv/bin/python Clients/fuzz_calls.py --calls 5000 --seed 1
"""

from __future__ import annotations

import argparse
import datetime
import random
import sys
from collections import Counter

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

from martlet_server import Server

SERVICES = ["batch", "cloudtrail", "cloudwatch", "events", "iam", "logs", "pipes", "scheduler", "sns", "sqs", "stepfunctions", "sts"]
# Names that earlier calls may have made, so that later ones find something.
NAMES = ["a", "a", "a", "b", "name-1", "x" * 300, "", "ümläut", "a b", "a/b", "../..", "default", "\u0000", "%s%n", "<xml>&", "a:b", "*"]
TEXTS = [
    "rate(1 minute)", "cron(0 12 * * ? *)", '{"source":["a"]}', '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}', "{}", "[]", "null", "{",
    "arn:aws:iam::000000000000:role/r", "arn:aws:sqs:eu-central-1:000000000000:a", "arn:aws:states:eu-central-1:000000000000:stateMachine:a",
    "arn:aws:sns:eu-central-1:000000000000:a", "arn:aws:batch:eu-central-1:000000000000:job-queue/a", "arn:::::", "arn:aws:x", "ENABLED", "MANAGED",
    "sqs", "http://127.0.0.1:1/", "1", "-1", "9" * 40, "p99", "Average", "OK", "GreaterThanThreshold", "%a(b|c)*%", '{ $.a = "b" }', "[a, b]",
]
NUMBERS = [0, 1, -1, 2, 60, 100, 1000, 10**6, 2**31, 2**63 - 1, -(2**63), 2**70]


class Maker:
    """Values for the shapes of AWS's models."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def value(self, shape, depth: int = 0):
        kind, chance = shape.type_name, self.chance
        if chance.random() < 0.02:
            return chance.choice([None, 5, "text", [], {}, True, 1.5])
        if kind == "structure":
            required = set(shape.required_members)
            keep = 0.9 if depth == 0 else 0.5
            return {
                name: self.value(member, depth + 1) for name, member in shape.members.items()
                if depth < 6 and chance.random() < (0.97 if name in required else keep * 0.4)
            }
        if kind == "list":
            return [self.value(shape.member, depth + 1) for _ in range(chance.choice([0, 1, 1, 2, 12]))] if depth < 6 else []
        if kind == "map":
            return {chance.choice(NAMES): self.value(shape.value, depth + 1) for _ in range(chance.choice([0, 1, 2]))} if depth < 6 else {}
        if kind == "string":
            if shape.enum and chance.random() < 0.8:
                return chance.choice(shape.enum)
            return chance.choice(NAMES + TEXTS) if chance.random() < 0.95 else "x" * 100_000
        if kind in ("integer", "long"):
            return chance.choice(NUMBERS)
        if kind in ("double", "float"):
            return chance.choice([0.0, 1.5, -1e308, 1e-320, 2.0**60])
        if kind == "boolean":
            return chance.random() < 0.5
        if kind == "timestamp":
            return datetime.datetime.fromtimestamp(chance.choice([0, 1, 1.8e9, 4e9, 2e11]), datetime.timezone.utc)
        if kind == "blob":
            return bytes(chance.randrange(256) for _ in range(20))
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    maker = Maker(chance)
    server = Server("--log-level", "error").start()
    config = Config(parameter_validation=False, retries={"max_attempts": 0}, read_timeout=40, inject_host_prefix=False)
    clients = {name: server.client(name, config=config) for name in SERVICES}
    operations = [
        (name, operation) for name, client in clients.items() for operation in client.meta.service_model.operation_names]
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    for number in range(arguments.calls):
        service, operation = chance.choice(operations)
        client = clients[service]
        model = client.meta.service_model.operation_model(operation)
        parameters = maker.value(model.input_shape) if model.input_shape else {}
        parameters = parameters if isinstance(parameters, dict) else {}
        if operation == "ReceiveMessage":
            parameters.pop("WaitTimeSeconds", None)
        try:
            client._make_api_call(operation, parameters)
            outcomes["answered"] += 1
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code = error.response["Error"]["Code"]
            if code in ("UnknownOperationException", "InvalidAction"):
                # Its fault is known now; the calls that are left go to what is served.
                operations.remove((service, operation))
                outcomes["not served"] += 1
            else:
                outcomes["refused"] += 1
            if status >= 500:
                failures.append(f"call {number}: {service}.{operation} {parameters!r:.600}: {status} {error.response['Error']}")
        except (HTTPClientError, ResponseParserError, OSError) as error:
            failures.append(f"call {number}: {service}.{operation} {parameters!r:.600}: {error}")
        except (BotoCoreError, TypeError, ValueError, AttributeError, KeyError, OverflowError):
            # botocore itself could not send this.
            outcomes["not sent"] += 1
        if server.process and server.process.poll() is not None:
            failures.append(f"call {number}: {service}.{operation} {parameters!r:.600}: the server is dead\n{server.output()[-3000:]}")
            break
    print(f"{arguments.calls} calls, seed {arguments.seed}: {dict(outcomes)}; {len(failures)} failures")
    for failure in failures[:20]:
        print("  " + failure)
    if failures:
        print(server.output()[-4000:])
    server.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
