import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import type { WatchEntriesResponse } from "#gen/pointsman/v1/audit_service_pb.ts";
import { type RecordFilter, RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import type { Ledger, Scope } from "../../src/ledger/ledger.ts";
import { decided, finished } from "./entries.ts";
import { testFolder } from "./open.ts";

const { signal } = new AbortController();
const everyone: Scope = { tenants: "all" };
const beginning = timestampFromMs(1);

interface Start {
  readonly cursor?: string;
  readonly startTime?: ReturnType<typeof timestampFromMs>;
  readonly filter?: RecordFilter;
  readonly scope?: Scope;
}

/** Watches until `enough` says so, and returns what came. */
async function watch(
  ledger: Ledger,
  { cursor = "", startTime, filter, scope = everyone }: Start,
  enough: (messages: readonly WatchEntriesResponse[]) => boolean,
): Promise<WatchEntriesResponse[]> {
  const messages: WatchEntriesResponse[] = [];
  const query = { cursor, startTime, filter };
  for await (const message of ledger.reader.watchEntries(query, scope, signal)) {
    messages.push(message);
    if (enough(messages)) break;
  }
  return messages;
}

const names = (messages: readonly WatchEntriesResponse[]): string[] =>
  messages.flatMap(({ event }) =>
    event.case === "entry" ? [`${event.value.writerId} ${event.value.sequence}`] : [],
  );
const decisions = (messages: readonly WatchEntriesResponse[]): string[] =>
  messages.flatMap(({ event }) => (event.case === "entry" ? [event.value.decisionId] : []));
const checkpoints = (messages: readonly WatchEntriesResponse[]): number =>
  messages.filter(({ event }) => event.case === "checkpoint").length;

test("brings history, then what is added by several writers, without gap or repeat across resumptions", async () => {
  await using folder = testFolder();
  const ledgers = await Promise.all([folder.open(), folder.open(), folder.open()]);
  const [reader] = ledgers as [Ledger, ...Ledger[]];
  const append = async (round: number): Promise<void> => {
    for (let index = 0; index < 40; index += 1) {
      await Promise.all(
        ledgers.map((ledger, place) => ledger.append(decided({ id: `${round}-${index}-${place}` }))),
      );
    }
  };
  await append(0);
  const live = append(1);
  // Broken off again and again, each time resumed from the last cursor.
  const seen: string[] = [];
  let cursor = "";
  while (seen.length < 243) {
    const start = cursor === "" ? { startTime: beginning } : { cursor };
    const part = await watch(
      reader,
      start,
      (messages) => seen.length + names(messages).length >= 243 || messages.length >= 17,
    );
    seen.push(...names(part));
    cursor = part.at(-1)?.cursor ?? "";
  }
  await live;
  expect(new Set(seen).size).toBe(243);
  for (const { writerId } of ledgers.map((ledger) => ledger.state())) {
    const sequences = seen
      .filter((name) => name.startsWith(writerId))
      .map((name) => Number(name.split(" ")[1]));
    expect(sequences).toEqual(Array.from({ length: 81 }, (_, index) => index + 1));
  }
});

test("starts now where neither cursor nor time is given, and says so by a checkpoint", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await ledger.append(decided({ id: "before" }));
  const messages = await watch(ledger, {}, (so) => {
    if (so.length === 1) void ledger.append(decided({ id: "after" }));
    return so.length === 2;
  });
  expect(checkpoints(messages.slice(0, 1))).toBe(1);
  expect(decisions(messages)).toEqual(["after"]);
});

test("shows a tenant its own entries only, and nothing of the ledger itself", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await Promise.all(
    [decided({ id: "mine" }), decided({ id: "theirs", tenant: "other" }), finished({ id: "mine" })].map(
      ledger.append,
    ),
  );
  const messages = await watch(
    ledger,
    { startTime: beginning, scope: { tenants: ["acme"] } },
    (so) => checkpoints(so) > 0,
  );
  expect(decisions(messages)).toEqual(["mine", "mine"]);
});

test("filters by what only the record knows, in history and live", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const filter = create(RecordFilterSchema, { apps: ["web"] });
  await Promise.all(
    [decided({ id: "a", app: "web" }), decided({ id: "b", app: "cli" }), finished({ id: "a" })].map(
      ledger.append,
    ),
  );
  const messages = await watch(ledger, { startTime: beginning, filter }, (so) => {
    if (checkpoints(so) === 1 && decisions(so).length === 2) {
      void Promise.all(
        [decided({ id: "c", app: "cli" }), decided({ id: "d", app: "web" }), finished({ id: "d" })].map(
          ledger.append,
        ),
      );
    }
    return decisions(so).length === 4;
  });
  expect(decisions(messages)).toEqual(["a", "a", "d", "d"]);
});

test("refuses a cursor of another filter or caller", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const [first] = await watch(ledger, { startTime: beginning }, (so) => so.length === 1);
  const cursor = first?.cursor ?? "";
  const asTenant = watch(ledger, { cursor, scope: { tenants: ["acme"] } }, () => true);
  await expect(asTenant).rejects.toMatchObject({ kind: "invalid_cursor" });
  await expect(watch(ledger, { cursor: "AAAA" }, () => true)).rejects.toMatchObject({
    kind: "invalid_cursor",
  });
});

test("delivers 1,000 entries a second soon after they were appended", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  const appended = new Map<string, number>();
  const delivered = new Map<string, number>();
  const load = async (): Promise<void> => {
    for (let tick = 0; tick < 200; tick += 1) {
      for (let index = 0; index < 10; index += 1) {
        const id = `${tick}-${index}`;
        void ledger.append(decided({ id })).then(() => appended.set(id, performance.now()));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  let loading: Promise<void> | undefined;
  await watch(ledger, {}, (so) => {
    loading ??= load();
    const last = so.at(-1)?.event;
    if (last?.case === "entry") delivered.set(last.value.decisionId, performance.now());
    return delivered.size === 2_000;
  });
  await loading;
  // From when it was durable: how long the disk takes is another matter, and what is there before that is no delay.
  await vi.waitFor(() => expect(appended.size).toBe(2_000), { timeout: 60_000 });
  const delays = [...delivered].map(([id, time]) => Math.max(0, time - (appended.get(id) ?? 0)));
  delays.sort((left, right) => left - right);
  console.log(
    `delivery after append, ms: p50 ${delays[1_000]?.toFixed(1)}, p99 ${delays[1_980]?.toFixed(1)}`,
  );
  // The machine of a test may stand still for a moment: half of them in time is what is not broken, the bench measures.
  expect(delays[1_000]).toBeLessThan(2_000);
});
