import { formOf } from "./form.ts";
import { PHRASE_GROUPS } from "./lexicon/lexicon.ts";
import { type Reading, readText } from "./reading.ts";
import { STRUCTURE_NAMES } from "./structure.ts";
import { TASK_NAMES, type TaskName, taskIndex } from "./task-names.ts";

/**
 * Score each class of work by phrases and form alone, higher is likelier. What the service knew before it had a
 * model: kept as the baseline that the model is measured against, and as what the model starts from.
 *
 * @param structure of the same reading
 */
export function scoreByRules(reading: Reading, structure: readonly number[]): Float32Array {
  const scores = new Float32Array(TASK_NAMES.length);
  const taken = new Set<number>();
  for (const { phrase, position } of reading.matches.task) {
    if (taken.has(phrase.id)) continue;
    taken.add(phrase.id);
    const asked = reading.instruction.some(({ start, end }) => position >= start && position < end);
    scores[TASK_OF_GROUP[phrase.group]!]! += phrase.weight * (asked ? 1 : 0.1);
  }
  addForm(scores, structure);
  return scores;
}

/** Name the class of a text by rules alone. */
export function taskByRules(text: string): TaskName {
  const reading = readText(text);
  const scores = scoreByRules(reading, formOf(reading).structure);
  return TASK_NAMES[scores.indexOf(Math.max(...scores))] as TaskName;
}

const TASK_OF_GROUP = PHRASE_GROUPS.task.map((name) => taskIndex(name as TaskName));

function addForm(scores: Float32Array, structure: readonly number[]): void {
  const has = (feature: number): number => structure[feature]!;
  scores[TASK.debug]! += 3 * has(FORM.code) + 4 * has(FORM.trace);
  scores[TASK.math]! += 3 * has(FORM.notation) + 3 * has(FORM.numbers) * has(FORM.question);
  scores[TASK.closed]! += 2 * has(FORM.material) * has(FORM.question);
  scores[TASK.open]! += 1 + 1.5 * has(FORM.asks) - 2 * has(FORM.material);
  scores[TASK.chat]! += 1.5 * has(FORM.short);
}

const TASK = {
  debug: taskIndex("code_explain_debug"),
  math: taskIndex("math_reasoning"),
  closed: taskIndex("closed_qa"),
  open: taskIndex("open_qa"),
  chat: taskIndex("chat"),
};

const FORM = {
  code: formIndex("some code"),
  trace: formIndex("an error trace"),
  notation: formIndex("mathematical notation"),
  numbers: formIndex("many numbers"),
  question: formIndex("a question mark"),
  material: formIndex("much material is given"),
  asks: formIndex("ends with a question"),
  short: formIndex("very short"),
};

function formIndex(name: (typeof STRUCTURE_NAMES)[number]): number {
  return STRUCTURE_NAMES.indexOf(name);
}
