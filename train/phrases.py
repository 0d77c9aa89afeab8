"""Training prompts that were written for this project: patterns with slots, filled at random from a fixed seed."""

import random
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "phrases"


def read_lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text().split("\n") if line and not line.startswith("# ")]


def read_sections(name: str) -> dict[str, list[str]]:
    """Lines by the `# heading` above them."""
    sections: dict[str, list[str]] = {}
    heading = ""
    for line in (FOLDER / name).read_text().split("\n"):
        if line.startswith("# "):
            heading = line[2:]
            sections[heading] = []
        elif line:
            sections[heading].append(line)
    return sections


def read_slots(*names: str) -> dict[str, list[str]]:
    slots: dict[str, list[str]] = {}
    for name in names:
        for line in read_lines(name):
            key, values = line.split(": ", 1)
            slots[key] = values.split(" | ")
    return slots


def fill(pattern: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    """Fill every slot; what fills it may have slots of its own."""
    return re.sub(r"\{(\w+)\}", lambda m: fill(rng.choice(slots[m[1]]), slots, rng) if m[1] in slots else m[0], pattern)


class Material:
    """Texts to put beside an instruction: passages, sentences, code, lists and tables, from licensed prompts."""

    def __init__(self, passages: list[str], sentences: list[str], codes: list[str], rng: random.Random):
        self.passages, self.sentences, self.codes, self.rng = passages, sentences, codes, rng
        self.chinese = read_lines("chinese-passages.txt")

    def place(self, pattern: str) -> str:
        return re.sub(r"\s*\[([PSCLTZ])\]\s*", self._piece, pattern).strip()

    def _piece(self, match: re.Match) -> str:
        kind, rng = match[1], self.rng
        before = rng.choice(["\n\n", "\n\n", "\n", " "])
        after = "\n\n" if match.end() < len(match.string) else ""
        if match.start() == 0:
            before = ""
        text = {
            "P": lambda: rng.choice(self.passages),
            "S": lambda: rng.choice(self.sentences),
            "C": lambda: rng.choice(self.codes),
            "L": lambda: "\n".join("- " + rng.choice(self.sentences) for _ in range(3)),
            "T": lambda: self._table(),
            "Z": lambda: rng.choice(self.chinese),
        }[kind]()
        if kind == "C":
            text = rng.choice(["```\n" + text + "\n```", text])
            before = before.replace(" ", "\n")
        elif kind in "PS":
            text = rng.choice(["{}", "{}", "{}", '"{}"', "Input: {}", "Text: {}"]).format(text)
            if text.startswith(("Input", "Text")):
                before = before and "\n"
        return before + text + after

    def _table(self) -> str:
        rng = self.rng
        rows = [f"| {rng.choice('ABCDEFG')}{i} | {rng.randint(1, 99)} | {rng.randint(1900, 2023)} |" for i in range(5)]
        return "\n".join(["| Name | Score | Year |"] + rows)


PREFIXES = ["", "", "", "", "", "", "Please ", "Hi, ", "Can you please ", "I need help: ", "Hey! ", "OK so ", "Task: "]
SUFFIXES = ["", "", "", "", "", "", " Thanks!", " Please.", " Keep it short.", " Be detailed.", " Give me three options."]


def decorate(text: str, rng: random.Random) -> str:
    """Vary how a request is put: courtesy, case, missing marks."""
    prefix = rng.choice(PREFIXES)
    if prefix and not text.startswith("["):
        rest = text if text[:2] in ("I ", "I'") or prefix.endswith(("! ", ": ")) else text[0].lower() + text[1:]
        text = prefix + rest if not (prefix == "Can you please " and "?" in text[:80]) else text
    if "[" not in text:
        text += rng.choice(SUFFIXES)
    roll = rng.random()
    if roll < 0.12:
        text = re.sub(r"^[^\[]+", lambda m: m[0].lower(), text)
    if roll > 0.9:
        text = text.rstrip(".?!")
    return text
