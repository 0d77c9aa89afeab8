import { create } from "@bufbuild/protobuf";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, type RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { abortable } from "../lib/signals.ts";
import { onlyText, readToolUse } from "./conversation.ts";
import { ProviderError } from "./errors.ts";
import { unsupported } from "./http-errors.ts";
import { pickSentences } from "./pick-sentences.ts";
import type { Provider, ProviderCall, ProviderEvent } from "./provider.ts";

/** A piece of a document that may answer a question. */
interface KnowledgePassage {
  readonly title: string;
  readonly text: string;
  /** Where it is from, for citing. */
  readonly source: string;
}

/** What answers without a model: a search, and a template for what it finds. */
export interface KnowledgeSettings {
  /** The best passages for a question, best first, `count` at most. */
  readonly search: (
    query: string,
    count: number,
    signal: AbortSignal,
  ) => Promise<readonly KnowledgePassage[]>;
  /** The answer's text: `{question}`, `{answer}` and `{sources}` are filled in. */
  readonly template?: string;
  /** How many passages are looked at. Default 3. */
  readonly passageCount?: number;
}

const DEFAULT_TEMPLATE = "{answer}\n\nSources:\n{sources}";

/**
 * A provider that answers from documents: it quotes the sentences that speak of the question, with where they are from.
 * It costs nothing. Where no document speaks of the question it fails with NOT_SENT and CONTENT_REFUSED, so that another
 * target, or nobody, answers: it never makes anything up.
 */
export function createKnowledgeProvider(settings: KnowledgeSettings): Provider {
  const template = settings.template ?? DEFAULT_TEMPLATE;
  const passageCount = settings.passageCount ?? 3;

  async function* generate(call: ProviderCall, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    signal.throwIfAborted();
    const question = readQuestion(call.input);
    const passages = await search(settings, question, passageCount, signal);
    const picked = pickSentences(question, passages);
    if (picked.length === 0) throw nothingFound();
    const text = fill(template, question, picked);
    const limit = (call.input.options?.maxOutputTokens ?? Number.POSITIVE_INFINITY) * CHARACTERS_PER_TOKEN;
    yield { type: "started", responseModel: call.target.model };
    for (const line of text.slice(0, limit).match(/[^\n]*\n?/g) ?? []) {
      if (line !== "") yield { type: "text_delta", text: line };
    }
    yield { type: "usage", usage: create(UsageSchema) };
    yield { type: "finished", reason: text.length > limit ? FinishReason.LENGTH : FinishReason.STOP };
  }

  return { generate, close: () => Promise.resolve() };
}

/** No tokens are counted here; this is what an output limit is taken to mean. */
const CHARACTERS_PER_TOKEN = 4;

function readQuestion(input: RouteInput): string {
  if (input.responseFormat?.format.case === "json") throw unsupported("knowledge", "an answer in JSON");
  const use = readToolUse(input.options?.toolChoice).type;
  if (use === "required" || use === "named") throw unsupported("knowledge", "a call of a tool");
  const turn = input.turns.findLast(({ role }) => role === Role.USER);
  const question = turn === undefined ? undefined : onlyText(turn.parts);
  if (question === undefined) throw unsupported("knowledge", "a question that is not text");
  return question;
}

async function search(
  settings: KnowledgeSettings,
  question: string,
  count: number,
  signal: AbortSignal,
): Promise<readonly KnowledgePassage[]> {
  try {
    return await abortable(settings.search(question, count, signal), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new ProviderError(
      AttemptErrorKind.NOT_SENT,
      AttemptErrorReason.UNAVAILABLE,
      "The collection of documents could not be searched.",
      { cause: error },
    );
  }
}

function nothingFound(): ProviderError {
  return new ProviderError(
    AttemptErrorKind.NOT_SENT,
    AttemptErrorReason.CONTENT_REFUSED,
    "No document in the collection answers this.",
  );
}

function fill(
  template: string,
  question: string,
  picked: readonly { readonly passage: KnowledgePassage; readonly sentences: readonly string[] }[],
): string {
  const answer = picked.map(({ sentences }, index) => `${sentences.join(" ")} [${index + 1}]`).join("\n");
  const sources = picked
    .map(
      ({ passage }, index) =>
        `[${index + 1}] ${passage.title}${passage.source === "" ? "" : ` (${passage.source})`}`,
    )
    .join("\n");
  const values: Readonly<Record<string, string>> = { question, answer, sources };
  // One pass: what is filled in is not looked at again.
  return template.replace(/\{(question|answer|sources)\}/g, (_whole, name: string) => values[name] ?? "");
}
