import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseJson } from "../json.ts";
import { createAnswer } from "./answer.ts";
import { type ChatRequest, parseChatRequest } from "./chat-request.ts";
import { complete, writeChunks, writeWhole } from "./completion.ts";
import { drawFault, playFault, sendError } from "./faults.ts";
import { type CompleteProfile, type SimulatorProfile, simulatorProfileSchema } from "./profile.ts";
import { createRandom, drawDuration, hashText, type Random } from "./random.ts";

/** A server that plays models. */
export interface Simulator {
  /** Starts to listen; port 0 takes a free one. Resolves with the base URL, ending in "/v1". */
  listen(port: number, host?: string): Promise<string>;
  /** The base URL; undefined while it does not listen. */
  readonly url: string | undefined;
  /** Requests answered or failed so far, by model. */
  readonly counts: ReadonlyMap<string, number>;
  /** Stops at once: connections are closed, answers under way are cut. */
  close(): Promise<void>;
}

/** The most bytes of a request. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;
/** How many different requests are remembered, so that a repeated one draws its faults and latency anew. */
const MAX_REMEMBERED = 10_000;

/**
 * Makes a server that speaks the OpenAI chat format, unary and streamed, over real HTTP. Everything is drawn from the
 * seed, the request's content, and how often that content was seen: two runs of the same requests are alike.
 * @throws ZodError for a profile that is none.
 */
export function createSimulator(
  profile: SimulatorProfile = {},
  options: { readonly seed?: number } = {},
): Simulator {
  const parsed = simulatorProfileSchema.parse(profile);
  const complete: CompleteProfile = options.seed === undefined ? parsed : { ...parsed, seed: options.seed };
  const counts = new Map<string, number>();
  const repetitions = new Map<number, number>();
  let url: string | undefined;

  const server = createServer((request, response) => {
    receive(request, response, (body) => {
      const chat = parseChatRequest(body);
      if (typeof chat === "string") return sendError(response, 400, "invalid_request_error", chat);
      const content = hashText(chat.content, complete.seed ^ 0x811c9dc5);
      const repetition = repetitions.get(content) ?? 0;
      if (repetition === 0 && repetitions.size >= MAX_REMEMBERED) repetitions.clear();
      repetitions.set(content, repetition + 1);
      const model = complete.models[chat.model] === undefined ? "default" : chat.model;
      counts.set(model, (counts.get(model) ?? 0) + 1);
      answer(chat, complete, content, createRandom(content + repetition * 0x9e3779b1), response);
    });
  });
  server.keepAliveTimeout = 60_000;

  return {
    get url() {
      return url;
    },
    counts,
    async listen(port, host = "127.0.0.1") {
      await startListening(server, port, host);
      const { port: actual } = server.address() as AddressInfo;
      url = `http://${host.includes(":") ? `[${host}]` : host}:${actual}/v1`;
      return url;
    },
    async close() {
      url = undefined;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function receive(request: IncomingMessage, response: ServerResponse, handle: (body: unknown) => void): void {
  const path = request.url?.split("?", 1)[0] ?? "";
  if (request.method !== "POST" || !path.endsWith("/chat/completions")) {
    sendError(response, 404, "not_found", "Only POST .../chat/completions is played here.");
    return;
  }
  const chunks: Buffer[] = [];
  let byteCount = 0;
  request.on("data", (chunk: Buffer) => {
    byteCount += chunk.length;
    if (byteCount <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else if (!response.headersSent) sendError(response, 413, "request_too_large", "The request is too big.");
  });
  request.on("end", () => {
    if (response.headersSent) return;
    handle(parseJson((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString("utf8")));
  });
}

function answer(
  chat: ChatRequest,
  profile: CompleteProfile,
  content: number,
  random: Random,
  response: ServerResponse,
): void {
  const model = profile.models[chat.model] ?? profile.default_model;
  const fault = drawFault(model, random);
  const firstTokenMs = drawDuration(model.time_to_first_token, random);
  if (
    fault !== undefined &&
    playFaultLater(firstTokenMs, () => playFault(fault, response, chat.stream), fault.kind)
  )
    return;
  // What is said hangs on the content alone, so that a repeated question gets the same answer.
  const said = createAnswer(chat, model, createRandom(content));
  const completion = complete(chat, said, `chatcmpl-simulated-${content.toString(16).padStart(8, "0")}`);
  const tokenMs = model.tokens_per_second === 0 ? 0 : 1_000 / model.tokens_per_second;
  const cut = fault?.kind === "cut";
  if (chat.stream) {
    const chunks = writeChunks(completion, chat.includeUsage);
    const sent = cut ? chunks.slice(0, Math.max(2, Math.floor(chunks.length / 2))) : chunks;
    streamOut(response, sent, { firstTokenMs, tokenMs, jitter: model.jitter, random, cut });
    return;
  }
  const body = writeWhole(completion);
  const wait = firstTokenMs + completion.tokens.length * tokenMs;
  const send = (): void => {
    if (response.destroyed) return;
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    if (!cut) return void response.end(body);
    response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
  };
  if (wait < 0.5) send();
  else setTimeout(send, wait);
}

/** Plays a fault after the time an answer would have taken to begin; false where the fault needs an answer. */
function playFaultLater(waitMs: number, play: () => boolean, kind: string): boolean {
  if (kind === "cut") return false;
  if (waitMs < 0.5) play();
  else setTimeout(play, waitMs);
  return true;
}

interface Pace {
  readonly firstTokenMs: number;
  readonly tokenMs: number;
  readonly jitter: number;
  readonly random: Random;
  /** Whether the socket is closed after the last chunk instead of the answer ended. */
  readonly cut: boolean;
}

/** Writes chunks at the pace of a model; those that are due together leave together. */
function streamOut(response: ServerResponse, chunks: readonly string[], pace: Pace): void {
  const start = performance.now();
  let next = 0;
  let dueMs = pace.firstTokenMs;
  const step = (): void => {
    if (response.destroyed) return;
    if (!response.headersSent) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    }
    const elapsed = performance.now() - start;
    let due = "";
    // The opening, the closing and usage take no time of their own: only tokens do.
    while (next < chunks.length && (dueMs <= elapsed + 0.5 || pace.tokenMs === 0)) {
      due += chunks[next];
      next += 1;
      if (next > 1) dueMs += pace.tokenMs * (1 + pace.jitter * (2 * pace.random() - 1));
    }
    if (next === chunks.length) {
      if (!pace.cut) return void response.end(due);
      response.write(due, () => response.destroy());
      return;
    }
    const proceed = (): void => void setTimeout(step, Math.max(1, dueMs - (performance.now() - start)));
    if (due === "" || response.write(due)) proceed();
    else response.once("drain", proceed);
  };
  if (pace.firstTokenMs < 0.5) step();
  else setTimeout(step, pace.firstTokenMs);
}

function startListening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Of several workers each has its own.
    server.listen({ port, host, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
