"""Rows that were read or written one by one: how hard a request is, what it asks for, whether it seeks harm."""

import json
from pathlib import Path

from rows import Row, read_rows

FOLDER = Path(__file__).parent / "labels"
# Both of a pair are left out together.
PAIR_FOLDS = 5


def level_rows(data: Path) -> list[Row]:
    """Requests of the data folder whose level a reader gave, 1 (anybody) to 5 (an expert)."""
    levels: dict[str, dict[str, float]] = {}
    for line in (FOLDER / "levels.tsv").read_text().splitlines():
        key, level = line.split("\t")
        name, number = key.split(":", 1)
        levels.setdefault(name, {})[number] = float(level)
    rows = []
    for name, wanted in levels.items():
        path = next(data.glob(f"*/{name}.jsonl.gz"))
        for row in read_rows(path):
            if str(row["id"]) in wanted:
                rows.append(Row(row["prompt"], f"read_{name}", difficulty=level_to_share(wanted[str(row["id"])])))
    return rows


def request_rows() -> list[Row]:
    """Requests as people put them, each written for this project by one of several hands."""
    rows = []
    for line in (FOLDER / "requests.jsonl").read_text().splitlines():
        row = json.loads(line)
        source = "written_requests_foreign" if "language" in row else "written_requests"
        made = Row(row["prompt"], source, task=row["task"], difficulty=level_to_share(row["level"]), harmful=0, injection=0)
        made.extra = {"label": row["prompt"], "hand": row["hand"], "language": row.get("language", "en"), "kind": row.get("kind")}
        rows.append(made)
    return rows


def contrast_rows() -> list[Row]:
    """Pairs on neighbouring lines: a harmless request in alarming words, and a harmful one as near to it as can be."""
    rows = []
    for number, line in enumerate((FOLDER / "contrast.jsonl").read_text().splitlines()):
        row = json.loads(line)
        made = Row(row["prompt"], "written_harmful" if row["harmful"] else "written_safe", harmful=row["harmful"], injection=0)
        made.extra = {"label": row["prompt"], "hand": f"pairs {number // 2 % PAIR_FOLDS}", "pair": True}
        rows.append(made)
    return rows


def level_to_share(level: float) -> float:
    """Levels 1 to 5 as a difficulty, 0 to 1."""
    return min(0.95, max(0.05, (level - 0.5) / 5))
