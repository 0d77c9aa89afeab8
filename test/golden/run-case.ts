import { fileURLToPath } from "node:url";
import { clone, create, isMessage } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { RouteCase, ScriptedTarget } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { ScriptSchema } from "#gen/pointsman/testing/v1/route_case_pb.ts";
import { AuditService, type WatchEntriesResponse } from "#gen/pointsman/v1/audit_service_pb.ts";
import type { Completion } from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { Entry } from "#gen/pointsman/v1/entry_pb.ts";
import { RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { type RouteInput, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { RouteService } from "#gen/pointsman/v1/route_service_pb.ts";
import {
  type StreamRouteResponse,
  StreamRouteResponseSchema,
  StreamService,
} from "#gen/pointsman/v1/stream_service_pb.ts";
import { createIdentifier } from "../../src/admission/identifier.ts";
import { createApp } from "../../src/app.ts";
import type { LoadedConfig } from "../../src/config.ts";
import type { RouteCall, RouteEvent } from "../../src/engine/engine-parts.ts";
import { asEngineError } from "../../src/engine/room-errors.ts";
import { received } from "../../src/lib/sending.ts";
import { formatPolicy } from "../../src/policy/format-policy.ts";
import { toWireError } from "../../src/rpc/errors.ts";
import { createServiceLog } from "../../src/service-log.ts";
import {
  CallFailure,
  codeName,
  createConnectClient,
  createGrpcClient,
  type DoorClient,
} from "../support/clients.ts";
import { type ConfigFolder, createConfigFolder, targetConfig } from "../support/configuration.ts";
import { createTestEngine } from "../support/engine.ts";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.ts";

/** What came of one way of asking, streamed and whole. */
export interface CaseResult {
  readonly events: readonly StreamRouteResponse[];
  /** What the streamed call threw before its first event. */
  readonly streamFailure: CallFailure | undefined;
  readonly unary: { readonly decision: Decision; readonly completion: Completion } | undefined;
  readonly unaryFailure: CallFailure | undefined;
  /** The entries of the streamed call. */
  readonly entries: readonly Entry[];
  /** All that the providers were sent. */
  readonly sent: readonly string[];
}

/** Where cases are run. */
export const places = ["in memory", "gRPC", "Connect JSON"] as const;

/** One place in which cases are run, one after the other; every case finds it as if it were new. */
export interface Place extends AsyncDisposable {
  run(routeCase: RouteCase): Promise<CaseResult>;
}

/** Opens a place: an engine without doors, or a whole service with a client of one of its doors. */
export async function openPlace(kind: (typeof places)[number]): Promise<Place> {
  const folder = createConfigFolder();
  writeCase(folder, undefined, new Map());
  const room =
    kind === "in memory" ? await openEngine(folder.load()) : await openService(folder.load(), kind);
  return {
    async run(routeCase) {
      const providers = new Map<string, ScriptedProvider>();
      try {
        for (const { target } of routeCase.targets)
          providers.set(idOf({ target }), await startScriptedProvider());
        // Without targets everything that was learned of the last case's is forgotten.
        writeCase(folder, undefined, providers);
        await room.reload(folder.load());
        return await perform({ routeCase, folder, providers, room });
      } finally {
        for (const provider of providers.values()) await provider[Symbol.asyncDispose]();
      }
    },
    async [Symbol.asyncDispose]() {
      await room.close();
      folder[Symbol.dispose]();
    },
  };
}

/** What can be done in a place. */
interface Room {
  reload(loaded: LoadedConfig): Promise<void>;
  stream(input: RouteInput): AsyncIterable<StreamRouteResponse>;
  route(input: RouteInput): Promise<CaseResult["unary"]>;
  watch(startTime: Timestamp, until: AbortSignal): AsyncIterable<WatchEntriesResponse>;
  close(): Promise<void>;
}

interface Performance {
  readonly routeCase: RouteCase;
  readonly folder: ConfigFolder;
  readonly providers: ReadonlyMap<string, ScriptedProvider>;
  readonly room: Room;
}

async function perform(performance: Performance): Promise<CaseResult> {
  const { routeCase, folder, providers, room } = performance;
  const since = timestampFromMs(Date.now());
  await openBreakers(performance);
  writeCase(folder, routeCase, providers);
  await room.reload(folder.load());
  const play = (): void => {
    for (const { target, scripts } of routeCase.targets) providers.get(idOf({ target }))?.play(scripts);
  };
  const earlier = new Set((await readEntries(room, since)).map(({ decisionId }) => decisionId));

  play();
  const events: StreamRouteResponse[] = [];
  const streamFailure = await failureOf(async () => {
    for await (const event of room.stream(inputOf(routeCase))) events.push(event);
  });
  const sent = [...providers.values()].flatMap(({ bodies }) => bodies);
  const entries = (await readEntries(room, since)).filter(({ decisionId }) => !earlier.has(decisionId));

  play();
  let unary: CaseResult["unary"];
  const unaryFailure = await failureOf(async () => {
    unary = await room.route(inputOf(routeCase));
  });
  return { events, streamFailure, unary, unaryFailure, entries, sent };
}

async function openEngine(loaded: LoadedConfig): Promise<Room> {
  const under = await createTestEngine(loaded);
  const signal = new AbortController().signal;
  const identifier = createIdentifier(loaded.config.identity);
  const caller = await identifier.identify({ loopback: true }, signal);
  identifier.close();
  const callOf = (input: RouteInput, streaming: boolean): RouteCall => ({
    requestId: "",
    input,
    caller,
    streaming,
    signal,
    timeoutMs: undefined,
  });
  return {
    reload: (next) => under.reload(next),
    async *stream(input) {
      const events = received<RouteEvent>(
        (send, until) => under.engine.stream({ ...callOf(input, true), signal: until }, send),
        signal,
      );
      for await (const event of events) yield create(StreamRouteResponseSchema, { event });
    },
    route: (input) => under.engine.route(callOf(input, false)),
    watch: (startTime, until) =>
      under.ledger.reader.watchEntries(
        { cursor: "", startTime, filter: create(RecordFilterSchema) },
        { tenants: [caller.tenant] },
        until,
      ),
    async close() {
      await under[Symbol.asyncDispose]();
    },
  };
}

async function openService(loaded: LoadedConfig, door: DoorClient["door"]): Promise<Room> {
  const app = await createApp(loaded, createServiceLog("silent"));
  const client = door === "gRPC" ? createGrpcClient(app.grpcAddress) : createConnectClient(app.httpAddress);
  return {
    async reload(next) {
      await app.reload(next);
    },
    stream: (input) => client.stream(StreamService.method.streamRoute, { input }),
    async route(input) {
      const { decision, completion } = await client.unary(RouteService.method.route, { input });
      return decision && completion ? { decision, completion } : undefined;
    },
    watch: (startTime, signal) => client.stream(AuditService.method.watchEntries, { startTime }, { signal }),
    async close() {
      client.close();
      await app.close(0);
    },
  };
}

/** Writes the configuration of a case; without one there are neither targets nor rules. */
function writeCase(
  folder: ConfigFolder,
  routeCase: RouteCase | undefined,
  providers: ReadonlyMap<string, ScriptedProvider>,
): void {
  folder.writePolicy(routeCase?.policy ? formatPolicy(routeCase.policy) : "rules: []\n");
  folder.writeConfig({
    policy: "policy.yaml",
    targets: (routeCase?.targets ?? []).map(({ target }) => {
      if (!target) throw new Error("a target without a target");
      return targetConfig(target, providers.get(target.id)?.baseUrl ?? "");
    }),
    collections: [{ id: "notes", folder: fileURLToPath(new URL("notes", import.meta.url)) }],
  });
}

/** Lets targets fail until their breakers open, under a policy that lets nobody else answer. */
async function openBreakers({ routeCase, folder, providers, room }: Performance): Promise<void> {
  for (const { target } of routeCase.targets.filter(({ breakerOpen }) => breakerOpen)) {
    writeCase(folder, routeCase, providers);
    const id = idOf({ target });
    folder.writePolicy(`rules: [{ id: warm-up, only: { targets: [${id}] }, attempts: { max: 1 } }]\n`);
    await room.reload(folder.load());
    providers.get(id)?.play([create(ScriptSchema, { httpStatus: 500 })]);
    for (let call = 0; call < 5; call++)
      await failureOf(async () => void (await room.route(inputOf(routeCase))));
  }
}

/** What was written since then, until the first checkpoint: by then all that was written before is there. */
async function readEntries(room: Room, since: Timestamp): Promise<Entry[]> {
  const until = new AbortController();
  const entries: Entry[] = [];
  try {
    for await (const { event } of room.watch(since, until.signal)) {
      if (event.case === "checkpoint") break;
      if (event.case === "entry" && event.value.event.case !== "notice") entries.push(event.value);
    }
  } finally {
    until.abort();
  }
  return entries;
}

async function failureOf(act: () => Promise<void>): Promise<CallFailure | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof CallFailure) return error;
    const wire = toWireError(asEngineError(error));
    if (wire.unforeseen) throw error;
    return new CallFailure(
      codeName(wire.code),
      wire.message,
      wire.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ""), value })),
    );
  }
}

function inputOf({ name, request }: RouteCase): RouteInput {
  if (!isMessage(request?.input, RouteInputSchema)) throw new Error(`${name}: a request without input`);
  return clone(RouteInputSchema, request.input);
}

function idOf({ target }: Pick<ScriptedTarget, "target">): string {
  return target?.id ?? "";
}
