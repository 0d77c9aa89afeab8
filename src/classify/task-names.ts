/** The 14 classes of work in the order of the contract's `Task` enum: the name at index i is the value i + 1. */
export const TASK_NAMES = [
  "rewriting",
  "summarization",
  "extraction",
  "classification",
  "open_qa",
  "closed_qa",
  "brainstorm_creative",
  "code_generation",
  "code_explain_debug",
  "math_reasoning",
  "translation",
  "chat",
  "tool_use",
  "other",
] as const;

/** The name of one class of work. */
export type TaskName = (typeof TASK_NAMES)[number];

/** The position of a class in every array of scores. */
export function taskIndex(name: TaskName): number {
  return TASK_NAMES.indexOf(name);
}
