"""Reads the raw data, splits it into training and test rows, and scales the measurements.

With SPOIL=true it makes a real mistake: the rows are sorted by their first measurement, the labels are not, so that each row gets the label
of another. Nothing fails here; only the evaluation can tell.
"""

from __future__ import annotations

import csv
import os
import random
import statistics

import workspace


def read(path: str) -> tuple[list[list[float]], list[int]]:
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[float(value) for value in row[:-1]] for row in rows], [int(row[-1]) for row in rows]


def main() -> None:
    features, labels = read(os.environ["DATA"])
    print(f"read {len(features)} rows of {len(features[0])} measurements")
    if os.environ.get("SPOIL", "false").lower() == "true":
        features.sort(key=lambda row: row[0])
        print("sorted the rows (and forgot the labels)")
    order = list(range(len(features)))
    random.Random(20).shuffle(order)
    cut = len(order) * 4 // 5
    train, test = order[:cut], order[cut:]
    means = [statistics.fmean(features[i][column] for i in train) for column in range(len(features[0]))]
    deviations = [statistics.pstdev([features[i][column] for i in train]) or 1.0 for column in range(len(features[0]))]

    def scaled(rows: list[int]) -> dict:
        return {
            "features": [[(value - m) / d for value, m, d in zip(features[i], means, deviations)] for i in rows],
            "labels": [labels[i] for i in rows],
        }

    workspace.save(workspace.folder() / "data.json", {"train": scaled(train), "test": scaled(test), "means": means, "deviations": deviations})
    print(f"kept {len(train)} rows to train on and {len(test)} to test with")


if __name__ == "__main__":
    main()
