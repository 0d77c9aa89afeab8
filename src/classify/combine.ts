import type { Assessment, Score } from "./assessor.ts";
import { type Conversation, continuesFormer } from "./conversation.ts";
import { PHRASE_GROUPS } from "./lexicon/lexicon.ts";
import { wordsOf } from "./normalise.ts";
import { readText } from "./reading.ts";
import { type TaskName, taskIndex } from "./task-names.ts";

/** An assessment of a whole conversation. */
export interface Combined {
  tasks: Float32Array;
  difficulty: Score;
  harmful: Score;
  injection: Score;
  /** The assessment whose words explain the result. */
  leading: Assessment;
  /** The assessments whose words explain the risks. */
  sources: { harmful: Assessment; injection: Assessment };
  /** Whether the last turn only continues what was asked before it. */
  continued: boolean;
}

/**
 * Judge the last turn in its context: a mere "go on" keeps the task before it, a short unclear turn leans on it,
 * a system prompt gives the task where the user gives only material, and tools on offer make their use likelier.
 *
 * @param assess judges one text
 */
export function combine(conversation: Conversation, assess: (text: string) => Assessment): Combined {
  const current = assess(conversation.current);
  const continued = conversation.former.length > 0 && continuesFormer(conversation.current);
  const formerText = conversation.former.find((text) => !continuesFormer(text)) ?? conversation.former[0];
  const former = formerText === undefined ? undefined : assess(formerText);
  let tasks = current.tasks;
  let difficulty = current.difficulty;
  let leading = current;
  if (former !== undefined && continued) {
    tasks = former.tasks;
    difficulty = former.difficulty;
    leading = former;
  } else if (
    former !== undefined &&
    current.tasks[top(current.tasks)]! < UNCLEAR &&
    isShort(conversation.current)
  ) {
    tasks = mean(current.tasks, former.tasks);
    difficulty = {
      value: (difficulty.value + former.difficulty.value) / 2,
      confidence: former.difficulty.confidence,
    };
  } else if (current.tasks[top(current.tasks)]! < UNCLEAR && asksForWork(conversation.system)) {
    const told = assess(`${conversation.system}\n\n${conversation.current}`);
    tasks = mean(current.tasks, told.tasks);
    difficulty = {
      value: (difficulty.value + told.difficulty.value) / 2,
      confidence: told.difficulty.confidence,
    };
  }
  const harmful = worst(former !== undefined && continued ? [current, former] : [current], "harmful");
  const injection = worst([current, ...conversation.foreign.map(assess)], "injection");
  return {
    tasks: withTools(tasks, conversation),
    difficulty,
    harmful: harmful.harmful,
    injection: injection.injection,
    leading,
    sources: { harmful, injection },
    continued,
  };
}

/** Position of the highest score. */
export function top(scores: Float32Array): number {
  let best = 0;
  for (let index = 1; index < scores.length; index++) if (scores[index]! > scores[best]!) best = index;
  return best;
}

/** Below this probability the text alone does not say what is asked. */
const UNCLEAR = 0.6;

/**
 * Whether a system prompt says what is to be done with what the user sends ("Translate every message"), and not only how
 * ("Answer in plain words"). Only the former can tell the task.
 */
function asksForWork(system: string): boolean {
  if (system === "") return false;
  const { matches, instruction } = readText(system.slice(0, SYSTEM_CHARACTERS));
  return matches.task.some(
    ({ phrase, position }) =>
      phrase.weight >= STRONG &&
      PHRASE_GROUPS.task[phrase.group] !== PERSONA &&
      instruction.some(({ start, end }) => position >= start && position < end),
  );
}

/** Of a system prompt its beginning says what it is for. */
const SYSTEM_CHARACTERS = 2_000;
/** The weight of phrases that hardly stand for anything but their class. */
const STRONG = 3;
/** The class that "you are a ..." speaks for: in a system prompt that is a manner, not work. */
const PERSONA: TaskName = "chat";

function isShort(text: string): boolean {
  return text.length < 120;
}

function mean(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, index) => (value + b[index]!) / 2);
}

/** The highest risk counts: one bad text among several is enough. */
function worst(assessments: readonly Assessment[], risk: "harmful" | "injection"): Assessment {
  return assessments.reduce((a, b) => (b[risk].value > a[risk].value ? b : a));
}

/** How much a tool on offer, one that speaks of the same things, and one that is required raise the odds of tool use. */
const TOOLS_OFFERED = 1.2;
const TOOLS_RELATED = 1.5;
const TOOLS_REQUIRED = 5;
const TOOL_RESULT = 2.5;
const JSON_ASKED = 0.7;

function withTools(tasks: Float32Array, conversation: Conversation): Float32Array {
  if (conversation.tools.length === 0 && !conversation.json) return tasks;
  const logs = tasks.map((value) => Math.log(value + 1e-6));
  const add = (task: "tool_use" | "extraction" | "classification", value: number): void => {
    logs[taskIndex(task)] = logs[taskIndex(task)]! + value;
  };
  if (conversation.tools.length > 0) {
    add("tool_use", TOOLS_OFFERED + TOOLS_RELATED * relatedness(conversation));
    if (conversation.toolRequired) add("tool_use", TOOLS_REQUIRED);
    if (conversation.awaitsToolResult) add("tool_use", TOOL_RESULT);
  }
  if (conversation.json) {
    add("extraction", JSON_ASKED);
    add("classification", JSON_ASKED);
  }
  const highest = logs[top(logs)]!;
  const powers = logs.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** 0 to 1: how much of the best matching tool's vocabulary the user speaks. */
function relatedness(conversation: Conversation): number {
  const asked = new Set(contentWords(conversation.current.slice(0, 4_000)));
  let best = 0;
  for (const tool of conversation.tools.slice(0, 128)) {
    const shared = new Set(contentWords(tool.slice(0, 600)).filter((word) => asked.has(word))).size;
    best = Math.max(best, Math.min(1, shared / 2));
  }
  return best;
}

function contentWords(text: string): string[] {
  const spaced = text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return wordsOf(spaced)
    .filter((word) => word.length > 3)
    .map((word) => word.replace(/(?:ing|es|s|ed)$/, ""));
}
