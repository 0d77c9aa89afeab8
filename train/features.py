"""Features of prompts, computed by the service's own TypeScript code in a child process."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

ROOT = Path(__file__).parent.parent


# What the weights of word sequences are counted in: about the size of the dense features.
WORD_GAIN = 3.0


@dataclass
class FeatureTable:
    dense: np.ndarray
    # Which word sequences stand in which prompt; `sequences` has their hashes, in rising order.
    occurrences: sparse.csr_matrix
    sequences: np.ndarray
    names: list[str]
    rules: np.ndarray
    # Of the whole table, and the same for every head, so that serving standardises once.
    mean: np.ndarray
    scale: np.ndarray
    # The known sequences, weighed; empty before a vocabulary is chosen.
    hashed: sparse.csr_matrix | None = None

    def take(self, rows: np.ndarray) -> "FeatureTable":
        part = replace(self, dense=self.dense[rows], occurrences=self.occurrences[rows], rules=self.rules[rows])
        part.hashed = None if self.hashed is None else self.hashed[rows]
        return part

    def with_words(self, columns: np.ndarray) -> "FeatureTable":
        """Knows these sequences alone. Each is weighed by how rare it is and divided by the root of how many a prompt has."""
        known = self.occurrences[:, columns].tocsr()
        count = np.maximum(np.asarray(known.sum(1)).ravel(), 1)
        return replace(self, hashed=(sparse.diags(1 / np.sqrt(count)) @ known @ sparse.diags(self.rarity(columns))).tocsr())

    def rarity(self, columns: np.ndarray) -> np.ndarray:
        seen = np.asarray(self.occurrences[:, columns].sum(0)).ravel()
        rarity = np.log((1 + self.occurrences.shape[0]) / (1 + seen)) + 1
        return WORD_GAIN * rarity / rarity.mean()


def featurise(prompts: list[str], work: Path, name: str) -> FeatureTable:
    source, prefix = work / f"{name}.jsonl", work / name
    source.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts))
    subprocess.run([node(), str(ROOT / "train/featurise.ts"), str(source), str(prefix)], check=True)
    info = json.loads(Path(f"{prefix}.json").read_text())
    dense = np.fromfile(f"{prefix}.dense", dtype="<f4").reshape(len(prompts), len(info["names"]))
    sequences, columns = np.unique(np.fromfile(f"{prefix}.hashed", dtype="<u4"), return_inverse=True)
    ends = np.concatenate([[0], np.array(info["ends"], dtype=np.int64)])
    ones = np.ones(len(columns), dtype=np.float32)
    occurrences = sparse.csr_matrix((ones, columns, ends), shape=(len(prompts), len(sequences)))
    rules = np.fromfile(f"{prefix}.rules", dtype="<f4").reshape(len(prompts), -1)
    mean, scale = dense.mean(0), 1 / np.maximum(dense.std(0), 0.02)
    return FeatureTable(dense, occurrences, sequences, info["names"], rules, mean, scale)


def node() -> str:
    """The project's own Node runs TypeScript as it is; an older one on the path would not."""
    own = ROOT / "node_modules/.bin/node"
    return os.environ.get("NODE") or (str(own) if own.exists() else shutil.which("node") or "node")
