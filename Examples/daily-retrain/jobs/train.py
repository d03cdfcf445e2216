"""Trains the model and publishes loss and accuracy of every epoch."""

from __future__ import annotations

import os
import random

import workspace
from cloudwatch import CloudWatch
from model import Network


def main() -> None:
    data = workspace.load(workspace.folder() / "data.json")["train"]
    features, labels = data["features"], data["labels"]
    epochs = int(os.environ.get("EPOCHS", "60"))
    network = Network(len(features[0]), 24)
    cloudwatch = CloudWatch()
    chance = random.Random(3)
    order = list(range(len(labels)))
    for epoch in range(1, epochs + 1):
        chance.shuffle(order)
        loss = sum(network.learn(features[i], labels[i], 0.03) for i in order) / len(order)
        accuracy = network.accuracy(features, labels)
        if epoch % 5 == 0 or epoch == 1:
            print(f"epoch {epoch:2}/{epochs}: loss {loss:.4f}, accuracy {accuracy:.3f}", flush=True)
        cloudwatch.put("DailyRetrain", {"Model": os.environ["MODEL"]}, TrainingLoss=loss, TrainingAccuracy=accuracy)
    workspace.save(workspace.folder() / "model.json", network.json())


if __name__ == "__main__":
    main()
