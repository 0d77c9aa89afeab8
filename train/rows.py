"""A row of training data, and how the data folder is read."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Row:
    prompt: str
    source: str
    task: str | None = None
    difficulty: float | None = None
    harmful: int | None = None
    injection: int | None = None
    ships: bool = True
    extra: dict = field(default_factory=dict)


def read_rows(path: Path) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]
