import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { type Script, ScriptSchema } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { toMilliseconds } from "../../src/lib/durations.ts";

/** A provider in the OpenAI format that does what it is told, over real HTTP. */
export interface ScriptedProvider extends AsyncDisposable {
  /** With its version, as a target's base_url. */
  readonly baseUrl: string;
  /** The bodies that came in since the last `play`, as texts. */
  readonly bodies: readonly string[];
  /** Calls whose client went away before the answer was whole, since the last `play`. */
  readonly abandoned: number;
  /** Holds back every answer from now on, until what it returns is called. */
  hold(): () => void;
  /** Starts anew with other scripts: one a call, the last one repeated. */
  play(scripts: readonly Script[]): void;
}

/** What of a request a script's text may repeat, so that a case can say what has left: {{system}}, {{user}}, {{tools}}. */
interface ChatRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

/** Starts a provider on a free port of the loopback interface. */
export async function startScriptedProvider(scripts: readonly Script[] = []): Promise<ScriptedProvider> {
  let playing = scripts;
  let bodies: string[] = [];
  let calls = 0;
  let abandoned = 0;
  let held: Promise<void> | undefined;
  const closing = new AbortController();
  const server = createServer(async (request, response) => {
    const script = playing[Math.min(calls++, playing.length - 1)] ?? create(ScriptSchema);
    const body = await read(request);
    bodies.push(body);
    const generation = playing;
    response.on("close", () => {
      // A call of an earlier script may end late; it is no news of this one.
      if (!response.writableFinished && generation === playing) abandoned++;
    });
    await held;
    const left = AbortSignal.any([closing.signal, abortedBy(response)]);
    await perform(script, JSON.parse(body) as ChatRequest, response, left).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    get bodies() {
      return bodies;
    },
    get abandoned() {
      return abandoned;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    play(next) {
      playing = next;
      bodies = [];
      calls = 0;
      abandoned = 0;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function perform(
  script: Script,
  request: ChatRequest,
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  if (script.delay) await sleep(toMilliseconds(script.delay), undefined, { signal: left });
  if (script.httpStatus > 0) return fail(script, response);
  if (script.garbage !== undefined) {
    const type = script.garbage.startsWith("data:") ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type }).end(script.garbage);
    return;
  }
  const texts = script.texts.map((text) => fill(text, request));
  if (request.stream) await streamAnswer(script, texts, response, left);
  else await wholeAnswer(script, texts, response, left);
}

function fail(script: Script, response: ServerResponse): void {
  const headers = script.retryAfterSeconds > 0 ? { "retry-after": String(script.retryAfterSeconds) } : {};
  response.writeHead(script.httpStatus, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: { message: "scripted failure", type: "scripted" } }));
}

async function streamAnswer(
  script: Script,
  texts: readonly string[],
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices })}\n\n`);
  };
  for (const text of texts) {
    send({ content: text });
    // One write a text, so that they are told apart on the way.
    await sleep(2, undefined, { signal: left });
  }
  if (script.hang) await sleep(60_000, undefined, { signal: left });
  if (script.cut) {
    response.destroy();
    return;
  }
  if (script.toolName) send({ tool_calls: [{ index: 0, ...toolCall(script) }] });
  send({}, finishOf(script));
  response.write(`data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(script) })}\n\n`);
  response.end("data: [DONE]\n\n");
}

async function wholeAnswer(
  script: Script,
  texts: readonly string[],
  response: ServerResponse,
  left: AbortSignal,
): Promise<void> {
  if (script.hang) await sleep(60_000, undefined, { signal: left });
  const message = {
    role: "assistant",
    content: texts.join("") || null,
    ...(script.toolName && { tool_calls: [toolCall(script)] }),
  };
  const choices = [{ index: 0, message, finish_reason: finishOf(script) }];
  const text = JSON.stringify({ ...head, object: "chat.completion", choices, usage: usageOf(script) });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  if (!script.cut) {
    response.end(text);
    return;
  }
  response.write(text.slice(0, text.length / 2));
  await sleep(10, undefined, { signal: left });
  response.destroy();
}

const head = { id: "chatcmpl-scripted", created: 1, model: "scripted-model" };

function toolCall(script: Script): object {
  const called = { name: script.toolName, arguments: script.toolArgumentsJson };
  return { id: "call_1", type: "function", function: called };
}

function finishOf(script: Script): string {
  if (script.refuse) return "content_filter";
  return script.toolName ? "tool_calls" : "stop";
}

function usageOf({ inputTokens, outputTokens }: Script): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function fill(text: string, { messages = [], tools = [] }: ChatRequest): string {
  const said = (role: string): string =>
    messages
      .filter((message) => message.role === role)
      .map(({ content }) => (typeof content === "string" ? content : JSON.stringify(content)))
      .join("\n");
  return text
    .replaceAll("{{system}}", () => said("system"))
    .replaceAll("{{user}}", () => said("user"))
    .replaceAll("{{tools}}", () => tools.map((tool) => tool.function.name).join(", ") || "none");
}

function abortedBy(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
