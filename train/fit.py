"""Fit the four heads on rows that may ship, calibrate them on sources and patterns left out, and export them."""

import collections
import zlib

import numpy as np

from corpus import TASKS
from rows import Row
from vocabulary import choose_vocabulary
from words import fit_words
from features import FeatureTable
from head import Head, Settings, blend, merge

SOURCE_BOOST = {
    "written_english": 3.0, "written_chinese": 2.0, "written_other-language": 1.5, "dolly_recovered": 1.0,
    "p3_t0_templates": 0.15, "mmlu_sample": 0.5, "clinc150": 0.2, "bfcl": 0.3, "synthetic_templates": 0.6,
    "written_safe": 3.0, "written_harmful": 3.0, "written_trigger": 3.0, "written_injection": 2.0, "written_indirect": 2.0,
    "bipia_train": 3.0, "written_levels": 12.0, "written_topics": 8.0, "written_requests": 4.0, "written_requests_foreign": 4.0,
}
# Of difficulty, what somebody judged request by request says most, and the level of a whole source least.
JUDGED, BY_SOURCE = 12.0, 0.3
SOURCE_CAP = {
    "read_dolly_recovered": 6000, "read_p3_t0_templates": 6000, "dolly_recovered": 3000, "p3_t0_templates": 2500, "clinc150": 1500, "synthetic_templates": 1500, "bipia_train": 1000,
}
WRITTEN_CAP = 16000
OTHER_CAP = 800
# What people ask in general: a question more often than anything else, then something to be invented.
PRIOR = {"open_qa": 2.0, "brainstorm_creative": 1.3}
# Scores are the mean of three heads with a third of the hidden units each: the size of one, and less left to chance.
SEEDS = (1, 2, 3)
FOLDS = 4
# A difficulty counts as met within this distance.
HIT = 0.15
LOAD_NAMES = [
    "many words", "repetition", "repeated words", "things that come back", "clauses", "quantities in words", "relations", "names",
    "sentences",
]


def choose(rows: list[Row], wanted, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    by_source = collections.defaultdict(list)
    for index, row in enumerate(rows):
        if row.ships and wanted(row):
            by_source[row.source].append(index)
    chosen = []
    for source, indices in by_source.items():
        cap = WRITTEN_CAP if source.startswith("written") else SOURCE_CAP.get(source, OTHER_CAP)
        chosen += list(rng.permutation(indices)[:cap])
    return np.array(sorted(chosen))


def weights(rows: list[Row], indices: np.ndarray, labels: list, balance: float, boost=SOURCE_BOOST.get) -> np.ndarray:
    counts = collections.Counter((rows[i].source, label) for i, label in zip(indices, labels))
    raw = np.array([(boost(rows[i].source) or 1.0) * counts[(rows[i].source, label)] ** -0.5 for i, label in zip(indices, labels)])
    totals = collections.Counter()
    for label, value in zip(labels, raw):
        totals[label] += value
    return np.array([value / totals[label] ** balance for label, value in zip(labels, raw)])


def fold_of(row: Row) -> int:
    """Written rows are left out by pattern, others by source: what is measured was never seen in any wording."""
    key = row.source
    if row.source.startswith("written") or row.source == "bipia_train":
        label = row.extra.get("label", "")
        key = row.prompt if label in ("", "safe") else label
    return zlib.crc32(str(key).encode()) % FOLDS


def level_boost(source: str) -> float:
    if source.startswith(("read_", "written_requests")):
        return JUDGED
    return BY_SOURCE if source.startswith("levels_") else SOURCE_BOOST.get(source, 1.0)


# What the dense part adds to the words.
DENSE_SHARE = 0.35


def fit_task(rows: list[Row], table: FeatureTable, indices: np.ndarray) -> Head:
    labels, weight = task_of(rows, indices), task_weights(rows, indices)
    part = table.take(indices)
    settings = Settings(outputs=14, hidden=24, epochs=16, batch=512, rules=0.7, drop_dense=0.2, noise=0.15, drop_hash=1.0)
    words = fit_words(part.hashed, np.eye(14)[labels], weight, freedom=2.0)
    return blend(Head(settings, table).fit(part, labels, weight), words, DENSE_SHARE)


def task_of(rows: list[Row], indices: np.ndarray) -> np.ndarray:
    return np.array([TASKS.index(rows[i].task) for i in indices])


def task_weights(rows: list[Row], indices: np.ndarray) -> np.ndarray:
    return weights(rows, indices, list(task_of(rows, indices)), 0.6)


# A share of a model over words alone, beside the head that learns words and dense features together.
WORDS_SHARE = {"harmful": 0.2, "difficulty": 0.5}


def fit_score(rows: list[Row], table: FeatureTable, indices: np.ndarray, field: str) -> Head:
    target, weight = score_of(rows, indices, field), score_weights(rows, indices, field)
    part = table.take(indices)
    head = merge([Head(settings_of(field, seed), table).fit(part, target, weight) for seed in SEEDS])
    if field not in WORDS_SHARE:
        return head
    matrix, bias = fit_words(part.hashed, np.stack([1 - target, target], 1), weight)
    return blend(head, (matrix[:, 1:] - matrix[:, :1], bias[1:] - bias[:1]), 1.0, WORDS_SHARE[field])


def score_of(rows: list[Row], indices: np.ndarray, field: str) -> np.ndarray:
    return np.array([float(getattr(rows[i], field)) for i in indices])


def score_weights(rows: list[Row], indices: np.ndarray, field: str) -> np.ndarray:
    labels = [int(value > 0.5) for value in score_of(rows, indices, field)]
    return weights(rows, indices, labels, 0.8, level_boost if field == "difficulty" else SOURCE_BOOST.get)


def settings_of(field: str, seed: int) -> Settings:
    if field == "difficulty":
        return Settings(
            outputs=1, hidden=8, epochs=12, batch=512, loss="logistic", drop_dense=0.5, noise=0.3, drop_hash=0.5, seed=seed
        )
    return Settings(
        outputs=1, hidden=8 if field == "harmful" else 6, epochs=12, batch=512, loss="logistic", drop_dense=0.3, noise=0.2,
        drop_hash=0.2, hash_decay=3e-4, seed=seed,
    )


# How many word sequences each head may bring into the common vocabulary.
WORDS = {"task": 27_000, "harmful": 6_000, "injection": 4_000, "difficulty": 4_000}


def vocabulary(rows: list[Row], table: FeatureTable) -> np.ndarray:
    """The columns of the table that the heads know."""
    wanted = []
    for field, most in WORDS.items():
        indices = choose(rows, lambda row: getattr(row, field) is not None)
        if field == "task":
            target, weight = np.eye(14)[task_of(rows, indices)], task_weights(rows, indices)
        else:
            score = score_of(rows, indices, field)
            target, weight = np.stack([1 - score, score], 1), score_weights(rows, indices, field)
        wanted.append((indices, target, weight, most))
    return choose_vocabulary(rows, table, wanted)


def calibrate_task(rows: list[Row], table: FeatureTable, indices: np.ndarray) -> float:
    """One temperature by likelihood on written patterns and sources that were left out."""
    out = np.array([i for i in indices if fold_of(rows[i]) == 0])
    kept = np.array([i for i in indices if fold_of(rows[i]) != 0])
    logits = fit_task(rows, table, kept).logits(table.take(out))
    labels, weight = task_of(rows, out), task_weights(rows, out)
    best = min(np.arange(0.6, 4.01, 0.1), key=lambda t: float((weight * -log_softmax(logits / t)[np.arange(len(labels)), labels]).sum()))
    return float(best)


# What share of left-out harmless rows may pass 0.5, by the source that was written to alarm. The aim for harm is 5 % on others.
ALARMS = {"harmful": {"written_safe": 0.045}, "injection": {"written_trigger": 0.01, "written_indirect": 0.1}}


def calibrate_score(rows: list[Row], table: FeatureTable, indices: np.ndarray, field: str) -> tuple[float, float]:
    """Slope and offset, set so that 0.5 is passed by the share of ALARMS: these rows are harder than what people send."""
    folds = np.array([fold_of(rows[i]) for i in indices])
    logits = np.zeros(len(indices))
    for fold in range(FOLDS):
        out, kept = indices[folds == fold], indices[folds != fold]
        logits[folds == fold] = fit_score(rows, table, kept, field).logits(table.take(out))[:, 0]
    target = np.array([getattr(rows[i], field) for i in indices])
    sources = np.array([rows[i].source for i in indices])
    harmless = {source: logits[(sources == source) & (target == 0)] for source in ALARMS[field]}
    cut = max(float(np.quantile(harmless[source], 1 - share)) for source, share in ALARMS[field].items())
    slope = 1 / max(1.0, float(logits.std()) / 2)
    return slope, -slope * cut


def load_scale(rows: list[Row], table: FeatureTable) -> np.ndarray:
    """The mean and spread of every measure of the reading load over examination prompts; needs no label."""
    marked = [i for i, row in enumerate(rows) if row.ships and row.source in ("load", "levels_gsm8k")]
    load = table.dense[np.ix_(marked, [table.names.index(name) for name in LOAD_NAMES])]
    total = (load / load.std(0)).sum(1)
    return np.concatenate([1 / load.std(0) / total.std(), [-total.mean() / total.std()]]).astype(np.float32)


def calibrate_confidence(rows: list[Row], table: FeatureTable, indices: np.ndarray) -> np.ndarray:
    """How often a left-out difficulty is met within HIT, by a logistic curve over the estimate and the length."""
    estimates, hits, sizes, sources = [], [], [], []
    folds = np.array([fold_of(rows[i]) for i in indices])
    for fold in range(FOLDS):
        out, kept = indices[folds == fold], indices[folds != fold]
        if len(out) == 0:
            continue
        estimate = 1 / (1 + np.exp(-fit_score(rows, table, kept, "difficulty").logits(table.take(out))[:, 0]))
        truth = np.array([rows[i].difficulty for i in out])
        estimates.append(estimate)
        hits.append(np.abs(estimate - truth) <= HIT)
        sizes.append(np.log1p(np.diff(table.occurrences[out].indptr)))
        sources += [rows[i].source for i in out]
    estimate, hit, size = np.concatenate(estimates), np.concatenate(hits), np.concatenate(sizes)
    # Every source counts the same, however many rows it has.
    weight = np.array([1 / sources.count(source) for source in sources])
    x = np.stack([np.ones_like(estimate), estimate, estimate**2, size], 1)
    w = np.zeros(4)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 1e-4 * np.eye(4)
        w += np.linalg.solve(hessian, x.T @ (weight * (hit - p)) - 1e-4 * w)
    p = 1 / (1 + np.exp(-x @ w))
    bins = np.minimum((p * 10).astype(int), 9)
    ece = sum(abs((weight * (hit - p))[bins == b].sum()) for b in range(10)) / weight.sum()
    print(f"difficulty: within {HIT} on {np.average(hit, weights=weight):.3f} of left-out rows, calibration error {ece:.3f}", flush=True)
    return w.astype(np.float32)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def prior_bias() -> np.ndarray:
    return np.log(np.array([PRIOR.get(task, 1.0) for task in TASKS], dtype=np.float32))
