import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { abortable } from "../lib/signals.ts";
import { createAiSdkAnswer } from "./ai-sdk-answer.ts";
import type { AiSdkModel, AiSdkStreamPart } from "./ai-sdk-model.ts";
import { encodeAiSdkOptions } from "./ai-sdk-prompt.ts";
import { statusError } from "./answer-errors.ts";
import { ProviderError } from "./errors.ts";
import { interrupted, transportError } from "./http-errors.ts";
import { asRecord, asText } from "./json.ts";
import { type ImportModule, importModule, importOptionalPackage } from "./optional-package.ts";
import type { Provider, ProviderCall, ProviderEvent } from "./provider.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** Which of the AI SDK's provider packages answers, and what it needs. */
export interface AiSdkSettings {
  /** The package, such as "@ai-sdk/amazon-bedrock". It has to be installed beside the service. */
  readonly packageName: string;
  /** The function that makes the provider. Default: the package's only export named "create...". */
  readonly factory?: string;
  /** What the function is given, such as `apiKey` or `region`. Kept in memory only. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What the adapter needs from its surroundings. */
export interface AiSdkSurroundings {
  readonly importModule?: ImportModule;
  /** Milliseconds since the Unix epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/**
 * A provider of the long tail, over the AI SDK's package for it. Slower than our own dialects, and the same to whoever
 * calls it. Whole answers are streamed too, and come as the same events.
 * @throws Error that names the package to install where it is missing, or what is wrong with it.
 */
export async function createAiSdkProvider(
  settings: AiSdkSettings,
  surroundings: AiSdkSurroundings = {},
): Promise<Provider> {
  const module = await importOptionalPackage(settings.packageName, surroundings.importModule ?? importModule);
  const makeModel = findFactory(module, settings);
  const now = surroundings.now ?? Date.now;

  async function* generate(call: ProviderCall, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    signal.throwIfAborted();
    const model = makeModel(call.target.model);
    const options = encodeAiSdkOptions(call.input, model.specificationVersion, signal);
    let reader: ReadableStreamDefaultReader<AiSdkStreamPart> | undefined;
    try {
      const { stream, response } = await abortable(Promise.resolve(model.doStream(options)), signal);
      reader = stream.getReader();
      yield* readAnswer(reader, response?.headers, signal, now);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toProviderError(error, now());
    } finally {
      // Closes the connection of an answer that nobody reads to its end; nothing is left of one that was.
      reader?.cancel().catch(() => undefined);
    }
  }

  return { generate, close: () => Promise.resolve() };
}

async function* readAnswer(
  reader: ReadableStreamDefaultReader<AiSdkStreamPart>,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
  now: () => number,
): AsyncGenerator<ProviderEvent> {
  const answer = createAiSdkAnswer();
  let started = false;
  let responseModel: string | undefined;
  let requestId = headers?.["x-request-id"];
  for (;;) {
    const { done, value: part } = await abortable(reader.read(), signal);
    if (done) {
      if (!started) throw interrupted();
      return;
    }
    if (part.type === "error") throw toProviderError(part.error, now());
    if (part.type === "response-metadata") {
      responseModel ??= part.modelId;
      requestId ??= part.id;
    }
    const events = answer.push(part);
    if (events.length === 0) continue;
    if (!started) {
      started = true;
      yield {
        type: "started",
        ...(responseModel === undefined ? {} : { responseModel }),
        ...(requestId === undefined ? {} : { providerRequestId: requestId }),
      };
    }
    yield* events;
    if (part.type === "finish") return;
  }
}

/** The function that makes models by name. */
function findFactory(
  module: Readonly<Record<string, unknown>>,
  settings: AiSdkSettings,
): (modelId: string) => AiSdkModel {
  const candidates = Object.keys(module).filter((name) => /^create[A-Z]/.test(name));
  const name = settings.factory ?? (candidates.length === 1 ? candidates[0] : undefined);
  const factory = name === undefined ? undefined : module[name];
  if (typeof factory !== "function") {
    const choice = candidates.length === 0 ? "none" : candidates.join(", ");
    throw new Error(
      `The package ${settings.packageName} needs \`factory\` to be one of its exports; it has: ${choice}.`,
    );
  }
  const provider = factory(settings.settings ?? {}) as { languageModel?: unknown };
  const make =
    typeof provider.languageModel === "function" ? provider.languageModel.bind(provider) : provider;
  if (typeof make !== "function") {
    throw new Error(`The package ${settings.packageName} makes something that has no language models.`);
  }
  return (modelId) => {
    const model = make(modelId) as AiSdkModel;
    if (!/^v[2-4]$/.test(model.specificationVersion)) {
      throw new ProviderError(
        AttemptErrorKind.NOT_SENT,
        AttemptErrorReason.UNAVAILABLE,
        `The package ${settings.packageName} has version ${model.specificationVersion} of the interface; 2 to 4 are known.`,
      );
    }
    return model;
  };
}

/** The SDK's errors know status and headers, and carry the whole request: only what is safe is taken over. */
function toProviderError(error: unknown, now: number): ProviderError {
  if (error instanceof ProviderError) return error;
  const known = (error ?? {}) as {
    statusCode?: unknown;
    responseHeaders?: unknown;
    message?: unknown;
    cause?: unknown;
  };
  if (typeof known.statusCode === "number" && known.statusCode >= 300) {
    const headers = (asRecord(known.responseHeaders) ?? {}) as Record<string, string>;
    return statusError(known.statusCode, { message: asText(known.message) }, parseRetryAfter(headers, now));
  }
  const code = asRecord(known.cause)?.code ?? asRecord(error)?.code;
  const neverSent = typeof code === "string" && NEVER_SENT.has(code);
  return transportError({ code }, !neverSent, 0);
}

const NEVER_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
