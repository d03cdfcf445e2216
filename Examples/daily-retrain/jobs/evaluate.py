"""Tests the model on rows it has never seen, publishes its accuracy, and fails when that is too low to be deployed."""

from __future__ import annotations

import os
import sys

import workspace
from cloudwatch import CloudWatch
from model import Network


def main() -> None:
    run = workspace.folder()
    data = workspace.load(run / "data.json")["test"]
    accuracy = Network.of(workspace.load(run / "model.json")).accuracy(data["features"], data["labels"])
    CloudWatch().put("DailyRetrain", {"Model": os.environ["MODEL"]}, Accuracy=accuracy)
    threshold = float(os.environ["THRESHOLD"])
    workspace.save(run / "evaluation.json", {"accuracy": accuracy, "threshold": threshold})
    print(f"accuracy {accuracy:.3f} on {len(data['labels'])} rows never seen before (at least {threshold} is wanted)")
    if accuracy < threshold:
        sys.exit("The model is not good enough to be deployed.")


if __name__ == "__main__":
    main()
