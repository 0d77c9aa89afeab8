"""What the model does on hands that it never saw: fit without some of those who wrote requests, and measure on theirs.

    python train/left_out.py DATA_FOLDER [--work FOLDER]

Takes about ten minutes and writes no weights.
"""

import collections
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.stats import rankdata, spearmanr

import corpus
import fit
from prepare import load, read_options

GROUPS = 5


def main() -> None:
    rows, table = load(read_options(), "left-out")
    hands = np.array([row.extra.get("hand", "") for row in rows])
    names = sorted(set(hands) - {""})
    found = {"task": {}, "difficulty": {}, "harmful": {}}
    for group in range(GROUPS):
        out = set(names[group::GROUPS])
        seen = [row for row in rows if row.extra.get("hand", "") not in out]
        kept = np.flatnonzero(~np.isin(hands, list(out)))
        part = table.take(kept)
        columns = fit.vocabulary(seen, part)
        known = table.with_words(columns)
        for field in found:
            wanted = lambda row: getattr(row, field) is not None
            indices = kept[fit.choose(seen, wanted)]
            left = np.array([i for i in np.flatnonzero(np.isin(hands, list(out))) if wanted(rows[i])])
            if field == "task":
                head = fit.fit_task(rows, known, indices)
                said = np.argmax(head.logits(known.take(left)) + fit.prior_bias(), 1)
            else:
                said = fit.fit_score(rows, known, indices, field).logits(known.take(left))[:, 0]
            found[field] |= dict(zip(left, said))
        print(f"hands {' '.join(sorted(out))} measured", flush=True)
    report(rows, found)


def groups_of(extra: dict) -> list[str]:
    if extra.get("kind"):
        return ["in the manner of " + extra["kind"] + "s"]
    language = extra["language"]
    return [language] if language in ("en", "zh") else [language, "eight other languages"]


def report(rows, found) -> None:
    groups = collections.defaultdict(list)
    for i in found["task"]:
        for name in groups_of(rows[i].extra):
            groups[name].append(i)
    for name, indices in sorted(groups.items()):
        truth = np.array([corpus.TASKS.index(rows[i].task) for i in indices])
        said = np.array([found["task"][i] for i in indices])
        score = [2 * ((truth == c) & (said == c)).sum() / max(1, (truth == c).sum() + (said == c).sum()) for c in set(truth)]
        levels = spearmanr([found["difficulty"][i] for i in indices], [rows[i].difficulty for i in indices])[0]
        print(f"{name}: {len(indices)} requests, accuracy {(truth == said).mean():.3f}, macro-F1 {np.mean(score):.3f}, difficulty Spearman {levels:.3f}")
    pairs = [i for i in found["harmful"] if rows[i].extra.get("pair")]
    scores, harmful = np.array([found["harmful"][i] for i in pairs]), np.array([rows[i].harmful for i in pairs])
    ranks, count = rankdata(scores), harmful.sum()
    area = (ranks[harmful == 1].sum() - count * (count + 1) / 2) / count / (len(harmful) - count)
    right = np.mean([found["harmful"][b] > found["harmful"][a] for a, b in zip(pairs[::2], pairs[1::2])])
    print(f"pairs: {len(pairs)} requests, harmful AUC {area:.3f}, the harmful one of a pair scores higher in {right:.3f}")


if __name__ == "__main__":
    main()
