import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import type { LedgerReader, Scope } from "../../src/ledger/ledger.ts";
import type { ReaderThreadData } from "../../src/ledger/reader-thread.ts";
import { createThreadClient } from "../../src/ledger/thread-client.ts";
import { createThreadReader } from "../../src/ledger/thread-reader.ts";
import { decided } from "./entries.ts";
import { testFolder } from "./open.ts";

const everyone: Scope = { tenants: "all" };

/** Lets the threads' clocks go on. */
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

test("a consumer that stops reading is let go, told so, and resumes from its cursor without gap or repeat", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await Promise.all(Array.from({ length: 2_000 }, (_, index) => ledger.append(decided({ id: `d${index}` }))));
  // A reading thread like the service's own, but for its patience.
  const data: ReaderThreadData = {
    folder: `${folder.path}/ledger`,
    keys: [],
    role: "near",
    postgres: undefined,
    patienceMs: 200,
    checkpointMs: 10_000,
    trustedKeys: [],
  };
  const client = createThreadClient(
    new URL("../../src/ledger/reader-thread.ts", import.meta.url),
    data,
    "impatient",
  );
  try {
    const reader = createThreadReader(client, client, () => [], undefined);
    const { signal } = new AbortController();
    const seen: number[] = [];
    const startTime = timestampFromMs(1);
    let cursor = "";
    const read = async (from: LedgerReader, enough: () => boolean, pause: number): Promise<void> => {
      const query = { cursor, startTime: cursor === "" ? startTime : undefined, filter: undefined };
      for await (const message of from.watchEntries(query, everyone, signal)) {
        cursor = message.cursor;
        if (message.event.case === "entry") seen.push(Number(message.event.value.sequence));
        if (enough()) return;
        // Within the first batch: nobody asks for the next one for longer than the patience.
        if (pause > 0 && seen.length === 1) await sleep(pause);
      }
    };
    await expect(read(reader, () => false, 3_000)).rejects.toMatchObject({ kind: "slow_consumer" });
    expect(seen.length).toBeLessThan(1_000);
    // The service's own thread has more patience: a busy machine may take its time for a batch.
    await read(ledger.reader, () => seen.length >= 2_001, 0);
    expect(seen).toEqual(Array.from({ length: 2_001 }, (_, index) => index + 1));
  } finally {
    await client.close();
  }
});

test("a thousand idle watchers cost little memory and next to no time", async () => {
  await using folder = testFolder();
  const ledger = await folder.open();
  await ledger.append(decided({ id: "before" }));
  const ending = new AbortController();
  const query = { cursor: "", startTime: undefined, filter: undefined };
  globalThis.gc?.();
  const before = process.memoryUsage();
  let ready = 0;
  let delivered = 0;
  const watchers = Array.from({ length: 1_000 }, async () => {
    for await (const { event } of ledger.reader.watchEntries(query, everyone, ending.signal)) {
      if (event.case === "checkpoint") ready += 1;
      if (event.case === "entry") delivered += 1;
    }
  });
  const settled = Promise.allSettled(watchers);
  while (ready < 1_000) await sleep(20);
  const grown = (process.memoryUsage().rss - before.rss) / 1024;

  const since = performance.now();
  const cpu = process.cpuUsage();
  await sleep(3_000);
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1_000 / (performance.now() - since);

  // They are idle, not deaf.
  await ledger.append(decided({ id: "after" }));
  while (delivered < 1_000) await sleep(10);
  ending.abort();
  await settled;
  console.log(
    `1,000 idle watchers: ${(grown / 1_000).toFixed(0)} KiB each, ${(share * 100).toFixed(1)} % of a core with all threads`,
  );
  expect(grown / 1_000).toBeLessThan(100);
  // Two or three hundredths where nobody else works; a watcher that asks again and again would take all of it.
  expect(share).toBeLessThan(0.5);
});
