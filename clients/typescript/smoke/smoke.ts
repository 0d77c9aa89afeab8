import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type DescMessage,
  type DescMethod,
  fromJson,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import {
  AuditService,
  RouteService,
  StreamService,
  type WatchEntriesRequest,
  WatchEntriesRequestSchema,
  type WatchEntriesResponse,
  WatchEntriesResponseSchema,
  watchEntries,
} from "@pointsman/client";
import { fill, type Json, type Results } from "./fill.ts";
import { type AnyClient, type CallOptions, describeError, openClient } from "./flavours.ts";

/** Holds one smoke conversation: `smoke.js CONVERSATION FLAVOUR`. See clients/smoke/README.md. */
interface Step {
  readonly name: string;
  readonly call?: string;
  readonly stream?: string;
  readonly cancel_after?: string;
  readonly pages?: string;
  readonly items?: string;
  readonly watch?: string;
  readonly collect?: string;
  readonly finished?: number;
  readonly ask?: string;
  readonly pause_ms?: number;
  readonly deadline_ms?: number;
  readonly credential?: string;
  readonly trust?: string;
  readonly request?: Json;
}

interface Watch {
  readonly stop: AbortController;
  readonly entries: Json[];
  finished: number;
  failure: unknown;
}

const [path = "", flavour = ""] = process.argv.slice(2);
const conversation = JSON.parse(readFileSync(path, "utf8")) as { steps: Step[] };
const results: Results = { run: process.env.SMOKE_RUN ?? "" };
const watches = new Map<string, Watch>();
const input = createInterface({ input: process.stdin });
const answers = input[Symbol.asyncIterator]();

for (const step of conversation.steps) {
  if (step.pause_ms !== undefined) await sleep(step.pause_ms);
  const result = await carryOut(step);
  results[step.name] = result;
  console.log(JSON.stringify({ step: step.name, ...result }));
}
process.exit(0);

async function carryOut(step: Step): Promise<Record<string, Json>> {
  if (step.ask !== undefined) {
    console.log(JSON.stringify({ ask: step.ask }));
    await answers.next();
    return {};
  }
  if (step.collect !== undefined) return collect(step.collect, step.finished ?? 0);
  const client = openClient(flavour, step.credential, step.trust === "system");
  const request = fill(step.request ?? {}, results);
  if (step.watch !== undefined) return startWatch(step.name, client, request);
  if (step.stream !== undefined) return stream(client, step, request);
  try {
    if (step.pages !== undefined) return await pages(client, step, request);
    const { method, run } = find(client, step.call ?? "");
    const response = await (run(fromJson(method.input, request), options(step)) as Promise<Message>);
    return { response: json(method.output, response) };
  } catch (error) {
    return { error: describeError(error) };
  }
}

async function stream(client: AnyClient, step: Step, request: JsonValue): Promise<Record<string, Json>> {
  const { method, run } = find(client, step.stream ?? "");
  const stop = new AbortController();
  const messages: Json[] = [];
  try {
    const responses = run(fromJson(method.input, request), { ...options(step), signal: stop.signal });
    for await (const response of responses as AsyncIterable<Message>) {
      const message = json(method.output, response);
      messages.push(message);
      if (step.cancel_after !== undefined && step.cancel_after in (message as object)) stop.abort();
    }
    return { messages };
  } catch (error) {
    return { messages, error: describeError(error) };
  }
}

async function pages(client: AnyClient, step: Step, request: JsonValue): Promise<Record<string, Json>> {
  const { method, run } = find(client, step.pages ?? "");
  const items: Json[] = [];
  let pageToken = "";
  let count = 0;
  do {
    const page = fromJson(method.input, { ...(request as object), pageToken });
    const response = json(method.output, await (run(page, options(step)) as Promise<Message>)) as Record<
      string,
      Json
    >;
    items.push(...((response[step.items ?? ""] ?? []) as Json[]));
    pageToken = String(response.nextPageToken ?? "");
    count++;
  } while (pageToken !== "");
  return { pages: count, items };
}

function startWatch(name: string, client: AnyClient, request: JsonValue): Record<string, Json> {
  const stop = new AbortController();
  const { run } = find(client, "AuditService/WatchEntries");
  const open = (next: WatchEntriesRequest, signal: AbortSignal) =>
    run(next, { signal }) as AsyncIterable<WatchEntriesResponse>;
  const responses = watchEntries(open, fromJson(WatchEntriesRequestSchema, request), {
    signal: stop.signal,
    onDisconnect: (error, attempt) => console.error(`watch: try ${attempt} after`, error),
  });
  const follow = async () => {
    for await (const response of responses) {
      if (response.event.case !== "entry") continue;
      watch.entries.push((json(WatchEntriesResponseSchema, response) as { entry: Json }).entry);
      if (response.event.value.event.case === "finished") watch.finished++;
    }
  };
  const watch: Watch = { stop, entries: [], finished: 0, failure: undefined };
  watches.set(name, watch);
  follow().catch((error: unknown) => {
    watch.failure = error;
  });
  return {};
}

async function collect(name: string, finished: number): Promise<Record<string, Json>> {
  const watch = watches.get(name);
  if (watch === undefined) throw new Error(`there is no watch ${name}`);
  for (let waited = 0; watch.finished < finished && waited < 30_000; waited += 50) {
    if (watch.failure !== undefined) return { entries: watch.entries, error: describeError(watch.failure) };
    await sleep(50);
  }
  // A moment more, in which a repeated entry would show.
  await sleep(500);
  watch.stop.abort();
  return { entries: watch.entries };
}

function find(client: AnyClient, name: string): { method: DescMethod; run: AnyClient["route"][string] } {
  const [service, rpc] = name.split("/");
  const side = { RouteService: "route", StreamService: "stream", AuditService: "audit" } as const;
  const method = [RouteService, StreamService, AuditService]
    .find((candidate) => candidate.name === service)
    ?.methods.find((candidate) => candidate.name === rpc);
  const run = method && client[side[service as keyof typeof side]][method.localName];
  if (method === undefined || run === undefined) throw new Error(`there is no method ${name}`);
  return { method, run };
}

function options(step: Step): CallOptions {
  return step.deadline_ms === undefined ? {} : { timeoutMs: step.deadline_ms };
}

function json(schema: DescMessage, message: Message): Json {
  return toJson(schema, message) as Json;
}
