"""At which level words and terms are learnt: what readers judged, as the service looks it up."""

import subprocess

import numpy as np

from features import ROOT, node
from labelled import FOLDER
from tensors import write_tensors

# Where both have a word, what was written down as a term of a field says more.
FILES = ("word-levels.tsv", "term-levels.tsv")


def write_levels() -> None:
    levels: dict[str, float] = {}
    for name in FILES:
        for line in (FOLDER / name).read_text().splitlines():
            term, level = line.split("\t")
            levels[term] = float(level)
    command = [node(), str(ROOT / "train/hash-terms.ts")]
    hashed = subprocess.run(command, input="".join(term + "\n" for term in levels), capture_output=True, text=True, check=True)
    by_hash = {int(key): level for key, level in zip(hashed.stdout.split("\n"), levels.values()) if key}
    hashes = np.array(sorted(by_hash), dtype=np.uint32)
    values = np.array([[by_hash[key] for key in hashes.tolist()]])
    path = ROOT / "src/classify/weights/word-levels.bin"
    write_tensors(path, {"scale": "1 everybody to 5 specialists, 0 names"}, {"levels": values}, {}, {"words": hashes})
    print(f"levels of {len(hashes)} words and terms", flush=True)
