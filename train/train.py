"""Train the classifier: one command, deterministic.

    python train/train.py DATA_FOLDER [--work FOLDER]

Writes embeddings.bin, word-levels.bin and heads.bin into src/classify/weights/. Needs node on the path (or NODE) for the featuriser.
"""

import os

# One thread: matrices are small, and the order of additions, and so the weights, must not depend on the machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import corpus
import distil
import fit
import levels
from features import ROOT
from prepare import load, read_options
from tensors import write_tensors

WEIGHTS = ROOT / "src/classify/weights"


def main() -> None:
    options = read_options()
    vocabulary, embeddings = distil.distil(options.work)
    meta = {"vocabulary": " ".join(vocabulary), "from": "all-MiniLM-L6-v2"}
    write_tensors(WEIGHTS / "embeddings.bin", meta, {"embeddings": embeddings}, {}, {})
    levels.write_levels()
    rows, table = load(options, "train")
    columns = fit.vocabulary(rows, table)
    print(f"vocabulary: {len(columns)} of {len(table.sequences)} word sequences", flush=True)
    export(rows, table.with_words(columns), columns)


def export(rows, table, columns) -> None:
    quantised, numbers, words = {}, {"mean": table.mean, "scale": table.scale}, []
    meta = {"tasks": corpus.TASKS}
    for name in ("task", "difficulty", "harmful", "injection"):
        indices = fit.choose(rows, lambda row: getattr(row, name) is not None)
        slope, offset = 1.0, 0.0
        if name == "task":
            head = fit.fit_task(rows, table, indices)
            slope = 1 / fit.calibrate_task(rows, table, indices)
            head.p["b"] = head.p["b"] + fit.prior_bias()
        else:
            head = fit.fit_score(rows, table, indices, name)
            if name == "difficulty":
                numbers["difficulty.confidence"] = fit.calibrate_confidence(rows, table, indices)
                numbers["difficulty.load"] = fit.load_scale(rows, table)
            else:
                slope, offset = fit.calibrate_score(rows, table, indices, name)
        if name == "task":
            meta["rules"] = round(head.settings.rules, 6)
        for part in ("w1", "w2", "wl"):
            quantised[f"{name}.{part}"] = head.p[part]
        words.append(head.p["wh"] * table.rarity(columns)[:, None])
        numbers |= {f"{name}.b1": head.p["b1"], f"{name}.b": head.p["b"]}
        numbers[f"{name}.calibration"] = np.array([slope, offset], dtype=np.float32)
        print(f"{name}: {len(indices)} rows, slope {slope:.3f}, offset {offset:.3f}", flush=True)
    # The outputs of all heads side by side, each in units of its own spread, so that one scale a row serves them all.
    matrix = np.concatenate(words, axis=1)
    numbers["words.outputs"] = matrix.std(0)
    quantised["words"] = matrix / numbers["words.outputs"]
    write_tensors(WEIGHTS / "heads.bin", meta, quantised, numbers, {"words.hashes": table.sequences[columns]})


if __name__ == "__main__":
    main()
