"""Publishes metrics with nothing but the standard library: one signed call of PutMetricData.

The endpoint and the credentials of the job's role come from the environment that the job runs in, as for every AWS SDK.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def credentials() -> tuple[str, str, str | None]:
    """Access key, secret and session token: of the job's role, else from the usual variables."""
    location = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if location:
        request = urllib.request.Request(location, headers={"Authorization": os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]})
        with urllib.request.urlopen(request, timeout=10) as answer:
            given = json.load(answer)
        return given["AccessKeyId"], given["SecretAccessKey"], given["Token"]
    return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")


class CloudWatch:
    """A client for one job."""

    def __init__(self) -> None:
        self.endpoint = os.environ["AWS_ENDPOINT_URL"]
        self.region = os.environ.get("AWS_REGION", "us-east-1")
        self.key, self.secret, self.token = credentials()

    def put(self, namespace: str, dimensions: dict[str, str], **values: float) -> None:
        """Stores one sample of each value, at this instant, to the second."""
        data = [
            {
                "MetricName": name, "Value": value, "StorageResolution": 1,
                "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
            }
            for name, value in values.items()
        ]
        self.call("PutMetricData", {"Namespace": namespace, "MetricData": data})

    def call(self, operation: str, document: dict) -> None:
        body = json.dumps(document).encode()
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": urlsplit(self.endpoint).netloc,
            "x-amz-date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-target": f"GraniteServiceVersion20100801.{operation}",
        }
        if self.token:
            headers["x-amz-security-token"] = self.token
        headers["authorization"] = self.authorization(headers, body)
        request = urllib.request.Request(self.endpoint + "/", data=body, headers=headers, method="POST")
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{operation} was refused: {error.read().decode(errors='replace')}") from None

    def authorization(self, headers: dict[str, str], body: bytes) -> str:
        """AWS Signature Version 4 over all headers."""
        names = ";".join(sorted(headers))
        canonical = "\n".join(
            ["POST", "/", "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, hashlib.sha256(body).hexdigest()])
        date = headers["x-amz-date"][:8]
        scope = f"{date}/{self.region}/monitoring/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret}".encode()
        for part in (date, self.region, "monitoring", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
