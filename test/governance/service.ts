import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { create } from "@bufbuild/protobuf";
import { symbols } from "pino";
import {
  PartSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { type App, createApp } from "../../src/app.ts";
import { createServiceLog, type ServiceLog } from "../../src/service-log.ts";
import {
  type CallSettings,
  createConnectClient,
  createGrpcClient,
  type DoorClient,
} from "../support/clients.ts";
import { createConfigFolder } from "../support/configuration.ts";

/** A request as the recording provider sees it. */
export interface SeenRequest {
  readonly model: string;
  readonly stream: boolean;
  /** What the last message says. */
  readonly text: string;
  /** The whole body. */
  readonly body: string;
}

/** What the recording provider does with one request. */
export interface Play {
  /** Default: "fine". */
  readonly text?: string;
  /** An HTTP status other than 200: an error that repeats the request. */
  readonly status?: number;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
  /** What else it waits for. */
  readonly after?: Promise<void>;
  /** Whether a stream stays silent after its text, until the caller goes. */
  readonly hang?: boolean;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

/** A provider in the OpenAI format that writes down what it gets. */
export interface RecordingProvider extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  answer: (request: SeenRequest) => Play;
}

/** The service as it runs, with doors, ledger and log, and a provider that writes down. */
export interface GovernedService extends AsyncDisposable {
  readonly app: App;
  readonly grpc: DoorClient;
  readonly http: DoorClient;
  readonly provider: RecordingProvider;
  readonly dataFolder: string;
  readonly configFile: string;
  /** All that was logged so far. */
  logText(): string;
  /** Puts another configuration, and another policy where one is given, into force while it runs. */
  reload(
    config: (provider: RecordingProvider) => Readonly<Record<string, unknown>>,
    policy?: string,
  ): Promise<void>;
  /** Stops it and starts it anew over the same data; `app`, `grpc` and `http` are those of the new one. */
  restart(): Promise<void>;
  /** Stops the service, so that files and log are whole; the folder stays until disposal. */
  stop(): Promise<void>;
}

/** A key of the configuration for a tenant, such as `as("acme")`. */
export function as(keyId: string): CallSettings {
  return { headers: { authorization: `Bearer ${keyText(keyId)}` } };
}

/** The configuration of a key. */
export function keyConfig(
  id: string,
  tenant: string,
  roles: readonly string[] = ["caller", "auditor"],
  user?: string,
) {
  return { id, key: keyText(id), tenant, roles, app: `${tenant}-app`, ...(user && { user }) };
}

/** A target at the recording provider. Prices are dollars per million tokens. */
export function targetAt(
  provider: RecordingProvider,
  id: string,
  more: Readonly<Record<string, unknown>> = {},
) {
  return {
    id,
    provider: "openai",
    model: id,
    base_url: provider.baseUrl,
    api_key: "sk-test",
    price: { input: 1, output: 10 },
    context_window: 1_000_000,
    max_output_tokens: 100,
    prior: { strength: 0.9, time_to_first_token_ms: 10, tokens_per_second: 1_000 },
    ...more,
  };
}

/** Starts the service. @param config gives the configuration, once the provider has an address. */
export async function startService(
  policy: string,
  config: (provider: RecordingProvider) => Readonly<Record<string, unknown>>,
): Promise<GovernedService> {
  const provider = await startProvider();
  const folder = createConfigFolder();
  folder.writePolicy(policy);
  const writeConfig = (make: typeof config): void =>
    folder.writeConfig({
      policy: "policy.yaml",
      identity: { anonymous: "never" },
      log: { level: "debug" },
      // A busy machine must not make the stores look away.
      limit_store: { timeout_ms: 60_000 },
      cache: { timeout_ms: 10_000 },
      ...make(provider),
    });
  writeConfig(config);
  const logFile = join(folder.path, "service.log");
  const loaded = folder.load();
  const open = async () => {
    const log = createServiceLog("debug", { destination: openSync(logFile, "a") });
    const app = await createApp(folder.load(), log);
    return { app, log, grpc: createGrpcClient(app.grpcAddress), http: createConnectClient(app.httpAddress) };
  };
  let running = await open();
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    running.grpc.close();
    await running.app.close(2_000);
    await endLog(running.log);
  };
  return {
    get app() {
      return running.app;
    },
    get grpc() {
      return running.grpc;
    },
    get http() {
      return running.http;
    },
    async reload(next, nextPolicy) {
      if (nextPolicy !== undefined) folder.writePolicy(nextPolicy);
      writeConfig(next);
      await running.app.reload(folder.load());
    },
    async restart() {
      await stop();
      running = await open();
      stopped = false;
    },
    provider,
    dataFolder: loaded.config.data,
    configFile: join(folder.path, "pointsman.yaml"),
    logText: () => readFileSync(logFile, "utf8"),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await provider[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Waits until the last line is in the file, and closes it. */
async function endLog({ logger }: ServiceLog): Promise<void> {
  const stream = (logger as unknown as Record<symbol, Writable>)[symbols.streamSym]!;
  const closed = once(stream, "close");
  stream.end();
  await closed;
}

/** A request of one user turn. */
export function ask(
  text: string,
  more: Partial<Pick<RouteInput, "labels" | "conversationId">> = {},
): RouteInput {
  const part = create(PartSchema, { content: { case: "text", value: text } });
  return create(RouteInputSchema, {
    turns: [create(TurnSchema, { role: Role.USER, parts: [part] })],
    ...more,
  });
}

function keyText(id: string): string {
  return `pm_${id}_${id.repeat(32).slice(0, 32)}`;
}

async function startProvider(): Promise<RecordingProvider> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { model, stream, messages } = JSON.parse(body) as {
      model: string;
      stream?: boolean;
      messages: { content: unknown }[];
    };
    const content = messages.at(-1)?.content;
    const text = typeof content === "string" ? content : JSON.stringify(content);
    const one = { model, stream: stream === true, text, body };
    seen.push(one);
    perform(recording.answer(one), one, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const recording: RecordingProvider = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    seen,
    answer: () => ({}),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return recording;
}

function perform(play: Play, request: SeenRequest, response: ServerResponse): void {
  const begin = (): void => {
    const { text = "fine", status = 200, inputTokens = 10, outputTokens = 5 } = play;
    if (status !== 200) {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `cannot serve: ${request.text}`, type: "scripted" } }));
      return;
    }
    const usage = {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    };
    const head = { id: "chatcmpl-1", created: 1, model: request.model };
    if (!request.stream) {
      const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...head, object: "chat.completion", choices, usage }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (delta: object, finish: string | null): void => {
      const choices = [{ index: 0, delta, finish_reason: finish }];
      response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices })}\n\n`);
    };
    // Pieces of uneven length, so that what was taken out is put back across their borders.
    for (let at = 0, size = 3; at < text.length; at += size, size = (size % 11) + 3)
      send({ content: text.slice(at, at + size) }, null);
    if (play.hang) return;
    send({}, "stop");
    response.write(`data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`);
    response.end("data: [DONE]\n\n");
  };
  if (play.after) void play.after.then(begin);
  else if (play.delayMs) setTimeout(begin, play.delayMs).unref();
  else begin();
}
