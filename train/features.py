"""Features of prompts, computed by the service's own TypeScript code in a child process."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

HASH_SIZE = 16_384
ROOT = Path(__file__).parent.parent


@dataclass
class FeatureTable:
    dense: np.ndarray
    hashed: sparse.csr_matrix
    names: list[str]
    rules: np.ndarray
    # Of the whole table, and the same for every head, so that serving standardises once.
    mean: np.ndarray
    scale: np.ndarray

    def take(self, rows: np.ndarray) -> "FeatureTable":
        return FeatureTable(self.dense[rows], self.hashed[rows], self.names, self.rules[rows], self.mean, self.scale)


def featurise(prompts: list[str], work: Path, name: str) -> FeatureTable:
    source, prefix = work / f"{name}.jsonl", work / name
    source.write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in prompts))
    subprocess.run([node(), str(ROOT / "train/featurise.ts"), str(source), str(prefix)], check=True)
    info = json.loads(Path(f"{prefix}.json").read_text())
    dense = np.fromfile(f"{prefix}.dense", dtype="<f4").reshape(len(prompts), len(info["names"]))
    buckets = np.fromfile(f"{prefix}.hashed", dtype="<u4").astype(np.int64)
    ends = np.concatenate([[0], np.array(info["ends"], dtype=np.int64)])
    ones = np.ones(len(buckets), dtype=np.float32)
    hashed = sparse.csr_matrix((ones, buckets, ends), shape=(len(prompts), HASH_SIZE))
    rules = np.fromfile(f"{prefix}.rules", dtype="<f4").reshape(len(prompts), -1)
    mean, scale = dense.mean(0), 1 / np.maximum(dense.std(0), 0.02)
    return FeatureTable(dense, hashed, info["names"], rules, mean, scale)


def node() -> str:
    """The project's own Node runs TypeScript as it is; an older one on the path would not."""
    own = ROOT / "node_modules/.bin/node"
    return os.environ.get("NODE") or (str(own) if own.exists() else shutil.which("node") or "node")
