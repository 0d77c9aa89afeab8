import { create } from "@bufbuild/protobuf";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, type RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { Channel } from "../lib/channel.ts";
import { onlyText } from "./conversation.ts";
import { ProviderError } from "./errors.ts";
import { badResponse, unsupported } from "./http-errors.ts";
import type { Llama, LlamaChunk, LlamaContext, LlamaModule, LlamaSession, LlamaTurn } from "./local-model.ts";
import { type ImportModule, importModule, importOptionalPackage } from "./optional-package.ts";
import type { Provider, ProviderCall, ProviderEvent } from "./provider.ts";

/** A model in this process. */
export interface LocalSettings {
  /** The GGUF file. */
  readonly modelPath: string;
  /** Conversations at once; a further one is turned away, so that another target answers. Default 1. */
  readonly concurrency?: number;
  /** Tokens of one conversation. Default: what fits. */
  readonly contextSize?: number;
  /** Layers on the graphics card. Default: what fits. */
  readonly gpuLayers?: number;
}

const PACKAGE = "node-llama-cpp";
/** The most pieces of an answer that wait for a reader who is slower than the model, who cannot be held back. */
const MAX_WAITING = 65_536;

/**
 * A provider that runs a GGUF file in this process. The weights are loaded here, not by the first call.
 * @throws Error that names the package to install where it is missing, or where the file cannot be loaded.
 */
export async function createLocalProvider(
  settings: LocalSettings,
  load: ImportModule = importModule,
): Promise<Provider> {
  const module = (await importOptionalPackage(PACKAGE, load)) as unknown as LlamaModule;
  const llama = await module.getLlama();
  const model = await llama.loadModel({
    modelPath: settings.modelPath,
    ...(settings.gpuLayers === undefined ? {} : { gpuLayers: settings.gpuLayers }),
  });
  const context = await model.createContext({
    sequences: settings.concurrency ?? 1,
    ...(settings.contextSize === undefined ? {} : { contextSize: settings.contextSize }),
  });

  async function* generate(call: ProviderCall, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    signal.throwIfAborted();
    const conversation = encodeConversation(call.input);
    const grammar = await encodeGrammar(llama, call.input);
    const sequence = takeSequence(context);
    const session = new module.LlamaChatSession({ contextSequence: sequence });
    const stop = new AbortController();
    const events = new Channel<ProviderEvent>(MAX_WAITING);
    const onAbort = (): void => {
      // The model stops at its next token; the caller does not wait for it.
      events.close(signal.reason);
      stop.abort(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    void answer(session, conversation, call.input, grammar, stop, events)
      .then(
        (reason) => {
          const { usedInputTokens, usedOutputTokens } = sequence.tokenMeter;
          const usage = create(UsageSchema, { inputTokens: usedInputTokens, outputTokens: usedOutputTokens });
          events.push({ type: "usage", usage });
          if (reason !== undefined) events.push({ type: "finished", reason });
          events.close();
        },
        (error: unknown) => events.close(badResponse("The local model failed.", 0, error)),
      )
      .finally(() => session.dispose({ disposeSequence: true }));
    try {
      yield { type: "started", responseModel: call.target.model };
      yield* events;
    } finally {
      signal.removeEventListener("abort", onAbort);
      stop.abort(new Error("Nobody reads the rest of the answer."));
    }
  }

  return { generate, close: () => llama.dispose() };
}

/** What is asked: the turns before the last one, and the last one. */
interface Conversation {
  readonly history: LlamaTurn[];
  readonly prompt: string;
}

function encodeConversation(input: RouteInput): Conversation {
  if (input.tools.length > 0) throw unsupported("local model", "tools");
  const history = input.turns.map((turn): LlamaTurn => {
    const parts = turn.parts.filter(({ content }) => content.case !== "reasoning");
    const text = onlyText(parts) ?? (parts.length === 0 ? "" : undefined);
    if (text === undefined) throw unsupported("local model", "anything but text");
    if (turn.role === Role.SYSTEM) return { type: "system", text };
    if (turn.role === Role.USER) return { type: "user", text };
    if (turn.role === Role.ASSISTANT) return { type: "model", response: [text] };
    throw unsupported("local model", "results of tools");
  });
  const last = history.pop();
  if (last?.type !== "user")
    throw unsupported("local model", "a conversation that does not end with a user's turn");
  return { history, prompt: last.text };
}

function encodeGrammar(llama: Llama, { responseFormat }: RouteInput): Promise<unknown> {
  if (responseFormat?.format.case !== "json") return Promise.resolve(undefined);
  const { schema } = responseFormat.format.value;
  return schema === undefined ? llama.getGrammarFor("json") : llama.createGrammarForJsonSchema(schema);
}

function takeSequence(context: LlamaContext): ReturnType<LlamaContext["getSequence"]> {
  if (context.sequencesLeft > 0) return context.getSequence();
  throw new ProviderError(
    AttemptErrorKind.NOT_SENT,
    AttemptErrorReason.UNAVAILABLE,
    "The local model has as many conversations as it was given room for.",
  );
}

async function answer(
  session: LlamaSession,
  { history, prompt }: Conversation,
  { options }: RouteInput,
  grammar: unknown,
  stop: AbortController,
  events: Channel<ProviderEvent>,
): Promise<FinishReason | undefined> {
  session.setChatHistory(history);
  const { stopReason } = await session.promptWithMeta(prompt, {
    signal: stop.signal,
    onResponseChunk: (chunk: LlamaChunk) => {
      if (chunk.text === "") return;
      const type = chunk.type === "segment" ? "reasoning_delta" : "text_delta";
      if (!events.push({ type, text: chunk.text })) stop.abort(new Error("The reader is too slow."));
    },
    ...(options?.maxOutputTokens === undefined ? {} : { maxTokens: options.maxOutputTokens }),
    ...(options?.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options?.topP === undefined ? {} : { topP: options.topP }),
    ...(options?.seed === undefined ? {} : { seed: options.seed }),
    ...(options === undefined || options.stopSequences.length === 0
      ? {}
      : { customStopTriggers: options.stopSequences }),
    ...(grammar === undefined ? {} : { grammar }),
  });
  if (stopReason === "abort") return undefined;
  return stopReason === "maxTokens" ? FinishReason.LENGTH : FinishReason.STOP;
}
