"""Where the steps of one run hand each other their results."""

from __future__ import annotations

import json
import os
from pathlib import Path


def folder() -> Path:
    """The run's own folder: WORKSPACE/runs/RUN_ID."""
    path = Path(os.environ["WORKSPACE"]) / "runs" / os.environ["RUN_ID"]
    path.mkdir(parents=True, exist_ok=True)
    return path


def models() -> Path:
    """Where deployed models are."""
    path = Path(os.environ["WORKSPACE"]) / "models"
    path.mkdir(parents=True, exist_ok=True)
    return path


def save(path: Path, value) -> None:
    """Writes a document whole or not at all, so that a step that is tried again never reads half of one."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(value))
    draft.replace(path)


def load(path: Path):
    return json.loads(path.read_text())
