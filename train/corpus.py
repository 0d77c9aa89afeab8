"""All training rows from the data folder and the written phrases. Only data whose licence lets weights ship."""

import random
import re
from pathlib import Path

from labelled import contrast_rows, level_rows, level_to_share, request_rows
from phrases import Material, decorate, fill, read_lines, read_sections, read_slots
from rows import Row, read_rows

TASKS = [
    "rewriting", "summarization", "extraction", "classification", "open_qa", "closed_qa", "brainstorm_creative",
    "code_generation", "code_explain_debug", "math_reasoning", "translation", "chat", "tool_use", "other",
]

# Weights must not be trained on these: non-commercial, or no licence stated. They are measured on, nothing else.
MEASURE_ONLY = {"alpacaeval_natural553", "mbpp_plus", "do_not_answer", "tensortrust_extract", "tensortrust_hijack", "flask"}


def load_corpus(data: Path, seed: int = 7) -> list[Row]:
    rng = random.Random(seed)
    material, leftovers = make_material(data, rng)
    rows = task_rows(data) + reattached(leftovers, material, rng) + written_tasks(material, rng)
    rows += request_rows() + level_rows(data)
    pairs = contrast_rows()
    rows += pairs + requests_about_texts(pairs, material, rng)
    rows += risk_rows(data) + written_risks(material, rng) + difficulty_rows(data) + written_difficulty(rng)
    return rows


def make_material(data: Path, rng: random.Random) -> tuple[Material, list[dict]]:
    """Passages, sentences and code out of prompts whose licence allows it; instructions that lost their passage."""
    templates = read_rows(data / "tasks/synthetic_templates.jsonl.gz")
    passages, sentences, codes = [], [], []
    for row in templates:
        parts = row["prompt"].split("\n\n", 1)
        body = max(parts, key=len)
        if row["task_class"] == "code_explain_debug":
            codes.append(body.strip("`\n")[:900])
        elif len(body) > 160:
            passages.append(body[:1200])
        elif 30 < len(body):
            sentences.append(body)
    for row in read_rows(data / "tasks/p3_t0_templates.jsonl.gz"):
        if row["task_class"] in ("summarization", "closed_qa"):
            longest = max(row["prompt"].split("\n"), key=len)
            if 200 < len(longest):
                passages.append(longest[:1200])
                sentences += [s for s in re.split(r"(?<=[.!?]) ", longest)[1:3] if 30 < len(s) < 160]
    dolly = read_rows(data / "tasks/dolly_recovered.jsonl.gz")
    rng.shuffle(sentences)
    return Material(passages, sentences, codes, rng), [row for row in dolly if row.get("context_missing")]


# Dolly calls any list "brainstorming"; a list of facts is a question, so only rows that ask to invent are kept.
INVENTS = re.compile(
    r"(?i)\b(ideas?|suggest\w*|recommend\w*|write|story|poem|imagine|create|come up|brainstorm|plan|itinerary|gift|party|"
    r"invent|slogan|names? for|tweet|essay|letter|speech|fun|activities|design|draft|compose|should i|tips)\b"
)


def task_rows(data: Path) -> list[Row]:
    rows = []
    for path in sorted((data / "tasks").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        for row in read_rows(path):
            if row.get("context_missing"):
                continue
            ships = name not in MEASURE_ONLY
            if name == "dolly_recovered" and row["task_class"] == "brainstorm_creative" and not INVENTS.search(row["prompt"]):
                continue
            rows.append(Row(row["prompt"], name, task=row["task_class"], ships=ships, extra={"label": row["label_raw"]}))
    return rows


def reattached(leftovers: list[dict], material: Material, rng: random.Random) -> list[Row]:
    """Natural instructions whose passage is lost get another: what they ask for stays visible in their words."""
    rows = []
    speaks_of_text = re.compile(r"passage|paragraph|text|article|extract|summar|list|given|below|following|provide|bullet")
    for row in leftovers:
        prompt, task = row["prompt"], row["task_class"]
        if task != "closed_qa" and not speaks_of_text.search(prompt.lower()):
            continue
        pattern = rng.choice(["{} [P]", "{} [P]", "[P] {}"]).replace("{}", prompt.replace("[", "("))
        rows.append(Row(material.place(pattern), "dolly_recovered", task=task, extra={"label": "reattached"}))
    return rows


COPIES = {"english-tasks.txt": 9, "chinese-tasks.txt": 5, "other-language-tasks.txt": 4}


def written_tasks(material: Material, rng: random.Random) -> list[Row]:
    slots = read_slots("slots.txt")
    rows = []
    for name, copies in COPIES.items():
        for heading, patterns in read_sections(name).items():
            task = heading.removesuffix("+")
            for pattern in patterns:
                for copy in range(copies if "{" in pattern or "[" in pattern else max(2, copies // 2)):
                    text = decorate(pattern, rng) if copy and name.startswith("english") else pattern
                    prompt = material.place(fill(text, slots, rng))
                    source = "written_" + name.removesuffix("-tasks.txt")
                    rows.append(Row(prompt, source, task=task, harmful=0, injection=0, extra={"label": pattern}))
    return rows


def risk_rows(data: Path) -> list[Row]:
    rows = []
    for path in sorted((data / "risk").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        if name in ("pii_presidio_synth_v2", "secrets_synthetic"):
            continue
        for row in read_rows(path):
            label, source = row["label"], row["source"]
            ships = name not in MEASURE_ONLY and source.removeprefix("benign_") not in MEASURE_ONLY
            made = Row(row["prompt"], source, ships=ships, extra={"label": row.get("attack_type") or label})
            if label == "safe":
                made.harmful, made.injection = 0, 0
            elif label == "harmful":
                made.harmful, made.injection = 1, 0
            elif label == "jailbreak":
                made.injection = 1
            elif label == "injection":
                made.injection = 1
                if source == "bipia_train":
                    made.harmful = None
            rows.append(made)
    return rows


def written_risks(material: Material, rng: random.Random) -> list[Row]:
    risk = read_slots("risk-slots.txt")
    inject = read_slots("injection-slots.txt")
    indirect = read_slots("indirect-slots.txt")
    rows = []

    def add(name: str, slots: dict, copies: int, source: str, harmful: int | None, injection: int | None) -> None:
        for pattern in read_lines(name):
            for copy in range(copies if "{" in pattern else max(1, copies // 3)):
                text = fill(pattern, slots, rng)
                text = decorate(text, rng) if copy else text
                rows.append(Row(text, source, harmful=harmful, injection=injection, extra={"label": pattern}))

    add("risk-safe.txt", risk, 9, "written_safe", 0, 0)
    add("risk-safe-other.txt", risk, 3, "written_safe", 0, 0)
    add("risk-contrast.txt", risk, 45, "written_safe", 0, 0)
    add("risk-harmful.txt", risk, 16, "written_harmful", 1, 0)
    add("risk-implied.txt", risk, 45, "written_harmful", 1, 0)
    add("injection-benign.txt", inject, 9, "written_trigger", 0, 0)
    add("injection-everyday.txt", inject, 24, "written_trigger", 0, 0)
    add("injection-direct.txt", inject, 14, "written_injection", None, 1)
    rows += requests_about_texts(rows, material, rng)
    for prompt, label in indirect_prompts(indirect, material, rng):
        rows.append(Row(prompt, "written_indirect", harmful=None if label else 0, injection=label))
    return rows


JOINTS = ["\n\n", "\n\n---\n\n", "\n", "\n\n###\n\n"]
LEADS = ["", "", "Given the above, {}", "Using the text, {}", "Context: see the text. {}", "Based on this: {}"]


def requests_about_texts(rows: list[Row], material: Material, rng: random.Random) -> list[Row]:
    """A request means the same behind or before a text that its user put there."""
    made = []
    for row in rows:
        if row.source not in ("written_safe", "written_harmful", "written_trigger") or rng.random() > 0.12:
            continue
        passage = rng.choice(material.passages)[: rng.choice([200, 500, 900])]
        request = rng.choice(LEADS).format(row.prompt)
        parts = [passage, request] if rng.random() < 0.75 else [request, passage]
        extra = {**row.extra, "pair": False}
        made.append(Row(rng.choice(JOINTS).join(parts), row.source, harmful=row.harmful, injection=0, extra=extra))
    return made


QUESTIONS = [
    "Summarize the following email.", "What does the sender want?", "When is the meeting?", "Who won?", "Give me the key points.",
    "Based on the text, what is the total?", "Which row has the highest value?", "Translate this text to French.", "What is this about?",
    "Answer the question from the passage: where did it happen?", "Rewrite this politely.", "List the names in the text.",
    "Q: how much was paid?", "What were the main reasons?", "How do I fix this error?", "Is the review positive?",
]


def indirect_prompts(slots: dict, material: Material, rng: random.Random) -> list[tuple[str, int]]:
    """The same question and material with and without a foreign instruction inside: only it makes the difference."""
    prompts = []
    for pattern in read_lines("injection-indirect.txt"):
        for _ in range(14):
            kind = rng.random()
            if kind < 0.6:
                lines = re.split(r"(?<=[.!?]) ", rng.choice(material.passages))
                joint = " "
            elif kind < 0.8:
                lines, joint = material._table().split("\n"), "\n"
            else:
                lines, joint = rng.choice(material.codes).split("\n"), "\n"
            question = rng.choice(QUESTIONS)
            position = rng.choice([0, len(lines) // 2, len(lines)])
            attack = fill(pattern, slots, rng)
            spoiled = lines[:position] + [rng.choice(["{}", "{}", "\n{}\n"]).format(attack)] + lines[position:]
            order = rng.random() < 0.85
            for body, label in ((lines, 0), (spoiled, 1)):
                text = joint.join(body)
                prompts.append((f"{question}\n\n{text}" if order else f"{text}\n\n{question}", label))
    return prompts


LEVELS = {
    "elementary_mathematics": 0.45, "high_school": 0.5, "college": 0.72, "professional": 0.72, "abstract_algebra": 0.85,
    "formal_logic": 0.7, "miscellaneous": 0.35, "nutrition": 0.45, "global_facts": 0.45, "sociology": 0.5, "moral_scenarios": 0.4,
    "machine_learning": 0.78, "electrical_engineering": 0.72, "marketing": 0.45, "human_aging": 0.4, "virology": 0.68,
    "econometrics": 0.8, "us_foreign_policy": 0.5, "world_religions": 0.45, "prehistory": 0.55, "philosophy": 0.6,
}


def difficulty_rows(data: Path) -> list[Row]:
    """How hard a prompt is: the level of the school subject, and how many models got it wrong. No outcome of MMLU or GSM8K."""
    rows = []
    for row in read_rows(data / "route_outcomes/routellm_mmlu.jsonl.gz")[::4]:
        level = next((value for key, value in LEVELS.items() if key in row["subject"]), 0.6)
        if not row.get("contaminated"):
            rows.append(Row(strip_choices(row["prompt"]), "levels_mmlu", difficulty=level))
    for name, base, span in (("mmlu_pro", 0.55, 0.35), ("zeroeval_math-l5", 0.65, 0.3)):
        for row in read_rows(data / f"route_outcomes/{name}.jsonl.gz")[:: 4 if name == "mmlu_pro" else 1]:
            wrong = 1 - sum(outcome["score"] for outcome in row["outcomes"].values()) / len(row["outcomes"])
            rows.append(Row(strip_choices(row["prompt"]), "levels_" + name, difficulty=base + span * wrong))
    # Prompts as examinations put them: for the spread of the reading load alone.
    for name in ("route_outcomes/mmlu_pro", "tasks/math_l5"):
        rows += [Row(row["prompt"], "load") for row in read_rows(data / f"{name}.jsonl.gz")[::4]]
    for row in read_rows(data / "tasks/gsm8k_train.jsonl.gz")[::3]:
        rows.append(Row(row["prompt"], "levels_gsm8k", difficulty=0.45))
    kinds = {"clinc150": 0.1, "bfcl": 0.35, "cyberseceval_instruct": 0.65, "dolly_recovered": 0.35, "bipia_code": 0.6}
    for name, level in kinds.items():
        for row in read_rows(data / f"tasks/{name}.jsonl.gz")[:: 6 if name != "bipia_code" else 1]:
            if not row.get("context_missing"):
                rows.append(Row(row["prompt"], "levels_" + name, difficulty=level))
    return rows


def strip_choices(prompt: str) -> str:
    """The question alone: as an examination its level says little about who gets it right."""
    return re.split(r"\n+\(?A[.)]", prompt)[0]


def written_difficulty(rng: random.Random) -> list[Row]:
    rows = []
    for line in read_lines("difficulty-anchors.txt"):
        level, prompt = line.split(": ", 1)
        rows.append(Row(prompt, "written_levels", difficulty=level_to_share(int(level))))
    for level, topics in read_slots("difficulty-topics.txt").items():
        for line in read_lines("difficulty-requests.txt"):
            shift, pattern = line.split(": ", 1)
            for topic in rng.sample(topics, 12):
                prompt = decorate(pattern.replace("{topic}", topic), rng)
                rows.append(Row(prompt, "written_topics", difficulty=level_to_share(int(level) + 0.7 * int(shift))))
    return rows
