"""What every script here begins with: the folders it is given, the rows, and their features."""

import argparse
from pathlib import Path

import corpus
from features import FeatureTable, featurise
from rows import Row


def read_options() -> argparse.Namespace:
    """`data`: the data folder; `work`: a folder for what is made on the way, which is made if need be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("/tmp/pointsman-train"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    return options


def load(options: argparse.Namespace, name: str) -> tuple[list[Row], FeatureTable]:
    """All rows that may ship. `name`: of the files with their features in the work folder."""
    rows = [row for row in corpus.load_corpus(options.data) if row.ships]
    return rows, featurise([row.prompt for row in rows], options.work, name)
