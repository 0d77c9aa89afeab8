import { type Reading, readText, TASK_MATCHER } from "./reading.ts";
import { STRUCTURE_NAMES, structureOf } from "./structure.ts";
import { TASK_NAMES, type TaskName } from "./task-names.ts";

/**
 * Score each class of work by phrases and form alone, higher is likelier. What the service knew before it had a
 * model: kept as the baseline that the model is measured against.
 */
export function scoreByRules(reading: Reading, structure = structureOf(reading)): Float32Array {
  const scores = new Float32Array(TASK_NAMES.length);
  const inInstruction = (position: number): boolean =>
    reading.instruction.some((segment) => position >= segment.start && position < segment.end);
  const taken = new Set<string>();
  for (const match of reading.taskMatches) {
    const key = `${match.group}:${match.phrase}`;
    if (taken.has(key)) continue;
    taken.add(key);
    const index = TASK_NAMES.indexOf(TASK_MATCHER.groups[match.group] as TaskName);
    scores[index] = (scores[index] as number) + match.weight * (inInstruction(match.position) ? 1 : 0.1);
  }
  addForm(scores, structure);
  return scores;
}

/** Name the class of a text by rules alone. */
export function taskByRules(text: string): TaskName {
  const scores = scoreByRules(readText(text));
  return TASK_NAMES[scores.indexOf(Math.max(...scores))] as TaskName;
}

function addForm(scores: Float32Array, structure: Float32Array): void {
  const has = (name: (typeof STRUCTURE_NAMES)[number]): number =>
    structure[STRUCTURE_NAMES.indexOf(name)] as number;
  const add = (task: TaskName, value: number): void => {
    const index = TASK_NAMES.indexOf(task);
    scores[index] = (scores[index] as number) + value;
  };
  add("code_explain_debug", 3 * has("some code") + 4 * has("an error trace"));
  add("math_reasoning", 3 * has("mathematical notation") + 3 * has("many numbers") * has("a question mark"));
  add("closed_qa", 2 * has("much material is given") * has("a question mark"));
  add("open_qa", 1 + 1.5 * has("ends with a question") - 2 * has("much material is given"));
  add("chat", 1.5 * has("very short"));
}
