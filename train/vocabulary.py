"""Which word sequences the model knows: those that tell something, found by a first fit over all that occur."""

import collections

import numpy as np
from scipy import sparse

from features import FeatureTable
from rows import Row
from words import fit_words

# A sequence counts if it stands in so many different prompts or written patterns.
LEAST_PATTERNS = 2


def choose_vocabulary(rows: list[Row], table: FeatureTable, wanted: list[tuple]) -> np.ndarray:
    """Columns of the table, in order. Each head names its rows, their target [rows, classes], their weights, and how many it may keep."""
    kept = [best(rows, table, *head) for head in wanted]
    return np.unique(np.concatenate(kept))


def best(rows: list[Row], table: FeatureTable, indices: np.ndarray, target: np.ndarray, weight: np.ndarray, most: int) -> np.ndarray:
    columns = frequent(rows, table, indices)
    part = table.with_words(columns).take(indices)
    found, _ = fit_words(part.hashed, target, weight, iterations=50)
    spread = np.sqrt(np.asarray(part.hashed.multiply(part.hashed).mean(0)).ravel())
    worth = np.sqrt((found**2).sum(1)) * spread
    return columns[np.sort(np.argsort(-worth, kind="stable")[:most])]


def frequent(rows: list[Row], table: FeatureTable, indices: np.ndarray) -> np.ndarray:
    """Sequences of at least LEAST_PATTERNS patterns: many fillings of one pattern are one."""
    numbers: dict[str, int] = collections.defaultdict(lambda: len(numbers))
    group = np.array([numbers[pattern_of(rows[i])] for i in indices])
    ones = np.ones(len(indices), np.float32)
    grouping = sparse.csr_matrix((ones, (group, np.arange(len(indices)))), shape=(len(numbers), len(indices)))
    met = grouping @ table.occurrences[indices]
    return np.flatnonzero(np.asarray((met > 0).sum(0)).ravel() >= LEAST_PATTERNS)


def pattern_of(row: Row) -> str:
    return str(row.extra.get("label") or row.prompt) if row.source.startswith("written") else row.prompt
