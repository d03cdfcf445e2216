"""A small neural network: one hidden layer of tanh units and a logistic output, trained by stochastic gradient descent."""

from __future__ import annotations

import math
import random


class Network:
    def __init__(self, inputs: int, hidden: int, seed: int = 1) -> None:
        chance = random.Random(seed)
        self.first = [[chance.gauss(0, 1 / math.sqrt(inputs)) for _ in range(inputs)] for _ in range(hidden)]
        self.bias = [0.0] * hidden
        self.last = [chance.gauss(0, 1 / math.sqrt(hidden)) for _ in range(hidden)]
        self.offset = 0.0

    def hidden(self, row: list[float]) -> list[float]:
        return [math.tanh(sum(w * x for w, x in zip(weights, row)) + bias) for weights, bias in zip(self.first, self.bias)]

    def probability(self, row: list[float]) -> float:
        z = sum(w * h for w, h in zip(self.last, self.hidden(row))) + self.offset
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, z))))

    def learn(self, row: list[float], label: int, rate: float) -> float:
        """Takes one step and answers the loss before it."""
        hidden = self.hidden(row)
        z = sum(w * h for w, h in zip(self.last, hidden)) + self.offset
        p = 1 / (1 + math.exp(-max(-40.0, min(40.0, z))))
        error = p - label
        for unit, h in enumerate(hidden):
            slope = rate * error * self.last[unit] * (1 - h * h)
            self.last[unit] -= rate * error * h
            self.bias[unit] -= slope
            weights = self.first[unit]
            for column, x in enumerate(row):
                weights[column] -= slope * x
        self.offset -= rate * error
        return -math.log(max(1e-12, p if label else 1 - p))

    def accuracy(self, features: list[list[float]], labels: list[int]) -> float:
        return sum((self.probability(row) > 0.5) == bool(label) for row, label in zip(features, labels)) / len(labels)

    def json(self) -> dict:
        return {"first": self.first, "bias": self.bias, "last": self.last, "offset": self.offset}

    @classmethod
    def of(cls, saved: dict) -> "Network":
        network = cls(1, 1)
        network.first, network.bias, network.last, network.offset = saved["first"], saved["bias"], saved["last"], saved["offset"]
        return network
