"""One head of the model: a linear part over dense features, one over known word sequences, and a small hidden layer."""

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from features import FeatureTable


@dataclass
class Settings:
    outputs: int
    hidden: int = 48
    epochs: int = 12
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-4
    hash_decay: float = 1e-3
    drop_dense: float = 0.15
    drop_hash: float = 0.5
    noise: float = 0.1
    rules: float = 0.0
    loss: str = "softmax"
    seed: int = 3


CLIP = 5.0


class Head:
    def __init__(self, settings: Settings, table: FeatureTable):
        self.settings = settings
        self.mean, self.scale = table.mean, table.scale
        rng = np.random.default_rng(settings.seed)
        width, hidden, outputs = table.dense.shape[1], settings.hidden, settings.outputs
        self.p = {
            "w1": (rng.standard_normal((hidden, width)) * np.sqrt(1 / width)).astype(np.float32),
            "b1": np.zeros(hidden, np.float32),
            "w2": (rng.standard_normal((outputs, hidden)) * np.sqrt(1 / hidden)).astype(np.float32),
            "wl": np.zeros((outputs, width), np.float32),
            "b": np.zeros(outputs, np.float32),
            "wh": np.zeros((table.hashed.shape[1], outputs), np.float32),
        }

    def standardise(self, dense: np.ndarray) -> np.ndarray:
        return np.clip((dense - self.mean) * self.scale, -CLIP, CLIP).astype(np.float32)

    def logits(self, table: FeatureTable) -> np.ndarray:
        z = self.standardise(table.dense)
        hidden = np.maximum(z @ self.p["w1"].T + self.p["b1"], 0)
        raw = hidden @ self.p["w2"].T + z @ self.p["wl"].T + self.p["b"]
        return raw + table.hashed @ self.p["wh"] + self.start(table)

    def start(self, table: FeatureTable) -> np.ndarray:
        """A head may start from the scores of the rules and learn only what they get wrong."""
        width = self.settings.outputs
        return self.settings.rules * table.rules if self.settings.rules else np.zeros((len(table.rules), width), np.float32)

    def fit(self, table: FeatureTable, target: np.ndarray, weight: np.ndarray) -> "Head":
        s, rng = self.settings, np.random.default_rng(self.settings.seed)
        z_all, hashed_all, start_all = self.standardise(table.dense), table.hashed.astype(np.float32), self.start(table)
        weight = (weight / weight.mean()).astype(np.float32)
        moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in self.p.items()}
        step, steps = 0, s.epochs * (len(target) // s.batch + 1)
        for _ in range(s.epochs):
            order = rng.permutation(len(target))
            for start in range(0, len(order), s.batch):
                rows = order[start : start + s.batch]
                step += 1
                gradients = self.gradients(z_all[rows], hashed_all[rows], start_all[rows], target[rows], weight[rows], rng)
                rate = s.rate * 0.5 * (1 + np.cos(np.pi * step / steps)) + 1e-5
                self.adam(gradients, moments, step, rate)
        return self

    def gradients(self, z, hashed, begin, target, weight, rng) -> dict[str, np.ndarray]:
        s, p = self.settings, self.p
        keep = (rng.random(z.shape, dtype=np.float32) > s.drop_dense) / np.float32(1 - s.drop_dense)
        z = z * keep + s.noise * rng.standard_normal(z.shape, dtype=np.float32)
        hashed = hashed.copy()
        keep_hash = rng.random(len(hashed.data)) > s.drop_hash
        hashed.data = (hashed.data * keep_hash / max(1 - s.drop_hash, 1e-6)).astype(np.float32)
        before = z @ p["w1"].T + p["b1"]
        hidden = np.maximum(before, 0)
        raw = hidden @ p["w2"].T + z @ p["wl"].T + p["b"] + hashed @ p["wh"] + begin
        error = self.error(raw, target) * weight[:, None] / len(target)
        back = (error @ p["w2"]) * (before > 0)
        return {
            "w1": back.T @ z, "b1": back.sum(0), "w2": error.T @ hidden, "wl": error.T @ z, "b": error.sum(0),
            "wh": np.asarray(hashed.T @ error, dtype=np.float32),
        }

    def error(self, raw: np.ndarray, target: np.ndarray) -> np.ndarray:
        if self.settings.loss == "softmax":
            powers = np.exp(raw - raw.max(1, keepdims=True))
            probabilities = powers / powers.sum(1, keepdims=True)
            smooth = 0.05 / raw.shape[1]
            wanted = np.full_like(raw, smooth)
            wanted[np.arange(len(target)), target] += 0.95
            return probabilities - wanted
        probability = 1 / (1 + np.exp(-raw))
        return probability - target[:, None]

    def adam(self, gradients, moments, step: int, rate: float) -> None:
        s = self.settings
        for name, gradient in gradients.items():
            first, second = moments[name]
            first *= 0.9
            first += 0.1 * gradient
            second *= 0.999
            second += 0.001 * gradient**2
            update = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            decay = s.hash_decay if name == "wh" else s.decay if name.startswith("w") else 0
            self.p[name] -= rate * (update + decay * 100 * self.p[name])


def merge(heads: list[Head]) -> Head:
    """One head that says what several say on average: their hidden units side by side, the means of their linear parts."""
    merged = heads[0]
    parts = {name: [head.p[name] for head in heads] for name in merged.p}
    merged.settings = replace(merged.settings, hidden=sum(head.settings.hidden for head in heads))
    merged.p = {name: np.mean(values, axis=0, dtype=np.float32) for name, values in parts.items()}
    merged.p["w1"], merged.p["b1"] = np.concatenate(parts["w1"]), np.concatenate(parts["b1"])
    merged.p["w2"] = np.concatenate(parts["w2"], axis=1) / np.float32(len(heads))
    return merged


def blend(head: Head, words: tuple[np.ndarray, np.ndarray], share: float, words_share: float = 1.0) -> Head:
    """A share of what a head says and a share of what a model over word sequences says, as one head."""
    matrix, bias = words
    blended = replace_parameters(head, {name: head.p[name] * np.float32(share) for name in ("w2", "wl", "b", "wh")})
    blended.settings = replace(head.settings, rules=head.settings.rules * share)
    blended.p["wh"] = blended.p["wh"] + np.float32(words_share) * matrix.astype(np.float32)
    blended.p["b"] = blended.p["b"] + np.float32(words_share) * bias.astype(np.float32)
    return blended


def replace_parameters(head: Head, parts: dict[str, np.ndarray]) -> Head:
    made = copy(head)
    made.p = head.p | parts
    return made
