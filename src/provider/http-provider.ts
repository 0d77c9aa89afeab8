import { inBandError, statusError } from "./answer-errors.ts";
import type { Dialect } from "./dialect.ts";
import type { ProviderError } from "./errors.ts";
import type { HttpClient } from "./http.ts";
import { badResponse, interrupted } from "./http-errors.ts";
import type { EventBatches, HttpAnswer, HttpHeaders } from "./http-types.ts";
import { joinDeltas } from "./join-deltas.ts";
import { asRecord, parseJson } from "./json.ts";
import type { Provider, ProviderCall, ProviderEvent } from "./provider.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What joins a dialect to an origin. */
export interface HttpProviderSettings {
  readonly dialect: Dialect;
  readonly client: HttpClient;
  /** What stands before every path of the dialect, without a slash at the end; empty for none. */
  readonly pathPrefix: string;
  /** What stands behind every path, such as "?api-version=2024-10-21"; empty for none. */
  readonly queryString: string;
  /** Names and values in turn, sent with every call; secrets are here and nowhere else. */
  readonly headers: readonly string[];
  /** The header that carries the call's id, where the provider takes one. */
  readonly callIdHeader: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** How long a stream that has said why it stopped may take to add its usage. */
const CLOSING_MS = 2_000;

/** A provider that speaks a dialect over HTTP. */
export function createHttpProvider(settings: HttpProviderSettings): Provider {
  const { dialect, client } = settings;
  async function* generate(call: ProviderCall, signal: AbortSignal): AsyncGenerator<ProviderEvent> {
    signal.throwIfAborted();
    const { path, body } = dialect.encode(call);
    const headers =
      settings.callIdHeader === undefined || call.callId === ""
        ? settings.headers
        : [...settings.headers, settings.callIdHeader, call.callId];
    const answer = await client.post(
      { path: withQuery(settings.pathPrefix + path, settings.queryString), headers, body },
      call.streaming,
      signal,
    );
    if (answer.status < 200 || answer.status > 299) throw failure(settings, answer);
    const requestId = readRequestId(answer.headers);
    if (answer.events === undefined) yield* decodeWhole(dialect, answer, call, requestId);
    else yield* decodeStream(dialect, answer.events, call, requestId);
  }
  return { generate, close: () => client.close() };
}

function withQuery(path: string, queryString: string): string {
  if (queryString === "") return path;
  return path.includes("?") ? `${path}&${queryString.slice(1)}` : path + queryString;
}

function decodeWhole(
  dialect: Dialect,
  answer: HttpAnswer,
  call: ProviderCall,
  requestId: string | undefined,
): ProviderEvent[] {
  const value = parseJson(answer.body);
  if (value === undefined) throw badResponse(describeGarbage(answer), answer.status);
  const error = asRecord(value)?.error === undefined ? undefined : dialect.decodeError(value, answer.status);
  if (error !== undefined) throw inBandError(error, false);
  return dialect.decode(value, call, requestId);
}

async function* decodeStream(
  dialect: Dialect,
  events: EventBatches,
  call: ProviderCall,
  requestId: string | undefined,
): AsyncGenerator<ProviderEvent> {
  const decoder = dialect.createDecoder(call, requestId);
  let complete = false;
  let started = false;
  let out: ProviderEvent[] = [];
  try {
    for (;;) {
      const batch = await events.next();
      if (batch === undefined) break;
      for (const data of batch) {
        decoder.push(data, out);
        if (decoder.state() === "finished") break;
      }
      if (decoder.state() === "finished") break;
      if (decoder.state() === "closing") events.endWithin(CLOSING_MS);
      if (out.length > 0) {
        started = true;
        yield* joinDeltas(out);
        out = [];
      }
    }
    decoder.end(out);
    // Before the last events are handed over: whoever reads them may stop reading there.
    complete = decoder.state() !== "open";
    events.release(complete);
    if (!started && out.length === 0) {
      throw events.broken
        ? interrupted()
        : badResponse("The provider's stream ended before it said anything.", 200);
    }
    yield* joinDeltas(out);
  } finally {
    events.release(complete);
  }
}

function failure(settings: HttpProviderSettings, answer: HttpAnswer): ProviderError {
  const body = parseJson(answer.body);
  const error = body === undefined ? undefined : settings.dialect.decodeError(body, answer.status);
  return statusError(answer.status, error, parseRetryAfter(answer.headers, settings.now()));
}

function describeGarbage(answer: HttpAnswer): string {
  const start = answer.body.slice(0, 256).trimStart().toLowerCase();
  if (answer.body.trim() === "") return "The provider's answer is empty.";
  if (start.startsWith("<")) return "The provider answered with HTML or XML instead of JSON.";
  if (start.startsWith("{") || start.startsWith("["))
    return "The provider's answer is JSON that breaks off or is malformed.";
  return "The provider's answer is not JSON.";
}

function readRequestId(headers: HttpHeaders): string | undefined {
  const value = headers["x-request-id"] ?? headers["request-id"] ?? headers["apim-request-id"];
  return typeof value === "string" && value.length <= 128 ? value : undefined;
}
