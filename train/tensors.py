"""Weight files as the service reads them: uint32 length, JSON header, data; matrices as int8 with one scale a row."""

import json
from pathlib import Path

import numpy as np


def write_tensors(
    path: Path, meta: dict, quantised: dict[str, np.ndarray], numbers: dict[str, np.ndarray], hashes: dict[str, np.ndarray]
) -> None:
    tensors, blocks, offset = [], [], 0
    flat = dict(numbers)
    matrices = {}
    for name, matrix in quantised.items():
        values, scales = quantise(matrix)
        matrices[name] = values
        flat[name + ".scales"] = scales
    entries = [(name, "float32", array.astype("<f4")) for name, array in flat.items()]
    entries += [(name, "uint32", array.astype("<u4")) for name, array in hashes.items()]
    entries += [(name, "int8", array) for name, array in matrices.items()]
    for name, kind, array in entries:
        data = array.tobytes()
        tensors.append({"name": name, "kind": kind, "shape": list(array.shape), "offset": offset})
        blocks.append(data)
        offset += len(data)
    header = json.dumps({"meta": meta, "tensors": tensors}, sort_keys=True).encode()
    header += b" " * (-(len(header) + 4) % 4)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(4, "little") + header + b"".join(blocks))


def quantise(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scales = np.maximum(np.abs(matrix).max(axis=1), 1e-8) / 127
    return np.round(matrix / scales[:, None]).astype(np.int8), scales.astype(np.float32)
