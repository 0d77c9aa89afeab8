import { calculateIn } from "./arithmetic.ts";
import type { ChatRequest, ToolOffer } from "./chat-request.ts";
import { chanceOfRight, guessDifficulty, guessTask } from "./competence.ts";
import { createInstance } from "./json-instance.ts";
import type { ModelProfile } from "./profile.ts";
import type { Random } from "./random.ts";
import { bend, writeText } from "./text.ts";

/** What a simulated model says. */
export type Answer =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "refusal"; readonly text: string }
  | { readonly type: "tool_call"; readonly name: string; readonly argumentsJson: string };

/** Makes up an answer: always the same for the same request, profile and draws. */
export function createAnswer(request: ChatRequest, profile: ModelProfile, random: Random): Answer {
  const declines = random() < profile.refusal_rate;
  const luck = random();
  if (declines) return { type: "refusal", text: "This request is declined." };
  const tool = pickTool(request);
  if (tool !== undefined) {
    const argumentsJson = JSON.stringify(
      createInstance(tool.parameters, wordsOf(request.prompt), random) ?? {},
    );
    return { type: "tool_call", name: tool.name, argumentsJson };
  }
  const script = profile.scripts.find(({ when }) =>
    request.prompt.toLowerCase().includes(when.toLowerCase()),
  );
  const task = guessTask(request);
  const difficulty = script?.difficulty ?? guessDifficulty(request.prompt);
  const right = luck < chanceOfRight(profile, task, difficulty);
  if (script !== undefined) {
    return {
      type: "text",
      text: right ? script.answer : (script.wrong_answer ?? bend(script.answer, random)),
    };
  }
  const text = compose(request, task, random);
  return { type: "text", text: right ? text : bend(text, random) };
}

function compose(request: ChatRequest, task: string, random: Random): string {
  if (request.format !== "text") {
    const value =
      request.format === "json"
        ? { answer: calculateIn(request.prompt) ?? writeText(request.prompt, task) }
        : createInstance(request.format.schema, wordsOf(request.prompt), random);
    return JSON.stringify(value);
  }
  if (request.toolResult !== undefined) return `The tool says: ${request.toolResult.slice(0, 400)}`;
  return writeText(request.prompt, task);
}

/** The tool that a request demands, or whose name, or the words of it, the prompt speaks of. */
function pickTool(request: ChatRequest): ToolOffer | undefined {
  const { tools, toolUse } = request;
  if (tools.length === 0 || toolUse === "none") return undefined;
  if (typeof toolUse === "object") return tools.find(({ name }) => name === toolUse.name);
  // A tool has just answered: the model answers too, or it would call for ever.
  if (request.toolResult !== undefined && toolUse !== "required") return undefined;
  const prompt = request.prompt.toLowerCase();
  const named = tools.find(({ name }) => {
    const lower = name.toLowerCase();
    if (prompt.includes(lower)) return true;
    return lower.split(/[_-]+/).some((word) => word.length > 3 && prompt.includes(word));
  });
  return named ?? (toolUse === "required" ? tools[0] : undefined);
}

function wordsOf(text: string): string[] {
  return text.slice(0, 4_000).match(/[\p{L}\p{N}][\p{L}\p{N}.'-]*[\p{L}\p{N}]|[\p{L}\p{N}]/gu) ?? [];
}
