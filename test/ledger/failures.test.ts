import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test, vi } from "vitest";
import { Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { decided, finished } from "./entries.ts";
import { testFolder } from "./open.ts";
import { verification } from "./read.ts";

/** Holds the write lock of a ledger's file, as a disk that does not answer would, until it is let go. */
function hold(path: string): () => void {
  const database = new DatabaseSync(join(path, "ledger", "ledger.db"));
  database.exec("BEGIN IMMEDIATE");
  return () => database.close();
}

async function noticeKinds(ledger: Ledger): Promise<Notice_Kind[]> {
  const kinds: Notice_Kind[] = [];
  const query = { cursor: "", startTime: timestampFromMs(1), filter: undefined };
  const { signal } = new AbortController();
  for await (const { event } of ledger.reader.watchEntries(query, { tenants: "all" }, signal)) {
    if (event.case === "checkpoint") return kinds;
    if (event.case === "entry" && event.value.event.case === "notice")
      kinds.push(event.value.event.value.kind);
  }
  return kinds;
}

/** The cursor behind the first entry from the beginning, or from a cursor. */
async function firstCursor(ledger: Ledger, cursor = ""): Promise<string> {
  const query = { cursor, startTime: timestampFromMs(1), filter: undefined };
  const { signal } = new AbortController();
  for await (const message of ledger.reader.watchEntries(query, { tenants: "all" }, signal))
    return message.cursor;
  return "";
}

test("says that it is slow, then that it fails, refuses, and recovers by itself", async () => {
  await using folder = testFolder();
  const ledger = await folder.open({ slow_ms: 50 });
  const release = hold(folder.path);
  const append = ledger.append(decided({ id: "d1" }));
  const refused = expect(append).rejects.toMatchObject({ kind: "unavailable" });
  await vi.waitFor(() => expect(ledger.state().status).toBe("slow"), 60_000);
  await refused;
  expect(ledger.state().status).toBe("failing");
  expect(ledger.state().message).toMatch(/locked/);
  release();
  await ledger.append(decided({ id: "d2" }));
  expect(ledger.state().status).toBe("ok");
  expect((await verification(ledger)).breaks).toEqual([]);
});

test("serves without record where that is configured, and says so in the chain afterwards", async () => {
  await using folder = testFolder();
  const ledger = await folder.open({ on_failure: "serve_unrecorded" });
  const release = hold(folder.path);
  await ledger.append(decided({ id: "d1" }));
  expect(ledger.state()).toMatchObject({ status: "failing", unrecorded: 1 });
  release();
  await ledger.append(decided({ id: "d2" }));
  await ledger.putDocument("policy", "after", Buffer.from("the notice"));
  expect(await noticeKinds(ledger)).toContain(Notice_Kind.UNRECORDED);
  expect((await verification(ledger)).breaks).toEqual([]);
});

test("reports a file that is no database, refuses, and comes back once it is gone", async () => {
  await using folder = testFolder();
  const file = join(folder.path, "ledger", "ledger.db");
  mkdirSync(join(folder.path, "ledger"));
  writeFileSync(file, Buffer.alloc(8_192, 0x2a));
  const ledger = await folder.open();
  expect(ledger.state()).toMatchObject({ status: "failing" });
  expect(ledger.state().message).toMatch(/not a database/);
  await expect(ledger.append(decided({ id: "d1" }))).rejects.toMatchObject({ kind: "unavailable" });
  rmSync(file);
  await vi.waitFor(() => expect(ledger.state().status).toBe("ok"), 60_000);
  await ledger.append(decided({ id: "d2" }));
  const { signal } = new AbortController();
  expect(await ledger.reader.getRecord("d2", { tenants: "all" }, signal)).toBeDefined();
});

test("reports a full disk, refuses, and goes on without a gap when there is room again", async (context) => {
  await using folder = testFolder();
  const mount = join(folder.path, "ledger");
  mkdirSync(mount);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status === 0;
  if (!mounted) return context.skip("needs the right to mount a small file system");
  try {
    const ledger = await folder.open();
    const bytes = Buffer.alloc(100_000, 1);
    let written = 0;
    const fill = async (): Promise<void> => {
      for (;;) {
        await ledger.append(decided({ id: `d${written}`, content: { id: `c${written}`, bytes } }));
        written += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject({ kind: "unavailable" });
    expect(written).toBeGreaterThan(0);
    expect(ledger.state().status).toBe("failing");
    expect(ledger.state().message).toMatch(/full|I\/O/);
    spawnSync("mount", ["-o", "remount,size=16m", mount]);
    await ledger.append(decided({ id: "after" }));
    expect(ledger.state().status).toBe("ok");
    expect((await verification(ledger)).breaks).toEqual([]);
    await ledger.close();
  } finally {
    spawnSync("umount", ["-l", mount]);
  }
});

test("reports a disk that became read-only, refuses, and goes on without a gap when it can be written again", async (context) => {
  await using folder = testFolder();
  const mount = join(folder.path, "ledger");
  mkdirSync(mount);
  const run = (...words: string[]): boolean => spawnSync(words[0] ?? "", words.slice(1)).status === 0;
  if (!run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", mount))
    return context.skip("needs the right to mount a small file system");
  try {
    // A remount is refused while files are open for writing, so the ledger meets the disk when it opens.
    const ledger = await folder.open();
    await ledger.append(decided({ id: "before" }));
    await ledger.close();
    if (!run("mount", "-o", "remount,ro", mount)) return context.skip("the file system cannot be remounted");
    const readOnly = await folder.open();
    expect(readOnly.state().status).toBe("failing");
    expect(readOnly.state().message).toMatch(/read-?only|unable to open/i);
    await expect(readOnly.append(decided({ id: "d1" }))).rejects.toMatchObject({ kind: "unavailable" });
    run("mount", "-o", "remount,rw", mount);
    await vi.waitFor(() => expect(readOnly.state().status).toBe("ok"), 60_000);
    await readOnly.append(decided({ id: "after" }));
    expect((await verification(readOnly)).breaks).toEqual([]);
    await readOnly.close();
  } finally {
    spawnSync("umount", ["-l", mount]);
  }
});

test("drops old entries by an announced cut, keeps the chain whole, and tells watchers that come from before", async () => {
  await using folder = testFolder();
  const old = await folder.open();
  const ids = Array.from({ length: 20 }, (_, index) => `d${index}`);
  await Promise.all(ids.flatMap((id) => [old.append(decided({ id })), old.append(finished({ id }))]));
  const cursor = await firstCursor(old);
  await old.close();
  // The entries grow old by moving the clock: a ledger of the year after next prunes what this year's wrote.
  const later = await folder.open({ retention_days: 30 }, Date.now() + 2 * 365 * 86_400_000);
  await later.append(decided({ id: "new", time: Date.now() + 2 * 365 * 86_400_000 }));
  expect(await later.upkeep.prune()).toBeGreaterThanOrEqual(41);
  const { breaks, summary } = await verification(later);
  expect(breaks).toEqual([]);
  expect(Number(summary?.entryCount)).toBeLessThan(10);
  await expect(firstCursor(later, cursor)).rejects.toMatchObject({ kind: "cursor_expired" });
  const { signal } = new AbortController();
  const query = { filter: undefined, pageSize: 0, pageToken: "" };
  const { records } = await later.reader.listRecords(query, { tenants: "all" }, signal);
  expect(records.map(({ decisionId }) => decisionId)).toEqual(["new"]);
});
