import type { ChatRequest } from "./chat-request.ts";
import type { ModelProfile } from "./profile.ts";

/** How likely a model is to get it right: a logistic curve that falls with difficulty and is one half at its strength. */
export function chanceOfRight(profile: ModelProfile, task: string, difficulty: number): number {
  const strength = profile.task_strengths[task] ?? profile.strength;
  if (strength === undefined) return 1;
  return 1 / (1 + Math.exp(profile.sharpness * (difficulty - strength)));
}

/** What a prompt seems to ask for. Only words, on purpose: the simulator knows nothing of the service's classifier. */
export function guessTask(request: ChatRequest): string {
  if (request.tools.length > 0) return "tool_use";
  const text = request.prompt.slice(0, 2_000);
  return TASKS.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
}

const TASKS: readonly (readonly [RegExp, string])[] = [
  [/\b(re-?write|rephrase|paraphrase|shorter|more formal|proofread|simplify)\b/i, "rewriting"],
  [/\b(summari[sz]e|summary|tl;?dr|in (one|a few) sentences?)\b/i, "summarization"],
  [/\btranslate\b|\binto (french|german|spanish|english|italian|japanese|chinese)\b/i, "translation"],
  [/\b(extract|list (all|the|every)|find all)\b/i, "extraction"],
  [/\b(classify|categori[sz]e|label|sentiment|which (category|class))\b/i, "classification"],
  [/```|\b(debug|explain this code|stack trace|why does this (code|function))\b/i, "code_explain_debug"],
  [
    /\b(write|implement|create)\b.{0,60}\b(function|program|script|class|code|query|regex)\b/i,
    "code_generation",
  ],
  [/\b(calculate|compute|solve|prove|how much is)\b|\d\s*[+*/×÷^]\s*\d/i, "math_reasoning"],
  [/\b(brainstorm|ideas|story|poem|slogan|names? for)\b/i, "brainstorm_creative"],
  [/^(hi|hello|hey|thanks|thank you)\b/i, "chat"],
  [/\?\s*$|^(what|who|when|where|why|how|which)\b/i, "open_qa"],
];

/** How difficult a prompt seems, 0 to 1: longer, with more conditions and rarer words is harder. */
export function guessDifficulty(prompt: string): number {
  const length = Math.min(1, Math.log2(1 + prompt.length) / 13);
  const conditions = (
    prompt.slice(0, 4_000).match(/\b(must|only|except|unless|prove|exactly|at least|at most|without)\b/gi) ??
    []
  ).length;
  return Math.min(1, 0.7 * length + 0.08 * Math.min(5, conditions));
}
