import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { NoticeSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { type Appender, createAppender } from "./appender.ts";
import { LedgerError } from "./errors.ts";
import type { NewEntry } from "./ledger.ts";

const LARGE = 128;
const entry: NewEntry = {
  decisionId: "d",
  tenant: "t",
  event: { case: "notice", value: create(NoticeSchema) },
};
const failure = new LedgerError("unavailable", "The disk is full.");

interface Setting {
  readonly appender: Appender;
  /** The sizes of the batches that were handed over. */
  readonly sent: readonly number[];
  readonly settled: readonly string[];
  readonly clock: { monotonicMs: number };
  appendMany(count: number): void;
}

function setUp(): Setting {
  const clock = { monotonicMs: 0, now: () => 1_000, monotonic: () => clock.monotonicMs };
  const sent: number[] = [];
  const settled: string[] = [];
  const limits = { maxPending: 10_000, maxPendingBytes: 10_000_000 };
  const appender = createAppender(limits, clock, ({ ends }) => sent.push(ends.length));
  let number = 0;
  return {
    appender,
    sent,
    settled,
    clock,
    appendMany(count) {
      for (let index = 0; index < count; index += 1) {
        const name = `entry ${++number}`;
        appender.append(entry).then(
          () => settled.push(`${name} written`),
          () => settled.push(`${name} failed`),
        );
      }
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("hands over what one turn appended, and gathers while that is on its way", async () => {
  const { appender, appendMany, sent } = setUp();
  appendMany(3);
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual([3]);
  appendMany(2);
  await turn();
  appendMany(2);
  await turn();
  expect(sent).toEqual([3]);
  appender.settle(3);
  await turn();
  expect(sent).toEqual([3, 4]);
});

test("hands a large batch over at once where the disk is quick, with at most two on their way", async () => {
  const { appender, appendMany, sent } = setUp();
  appendMany(LARGE);
  expect(sent).toEqual([LARGE]);
  appendMany(LARGE);
  expect(sent).toEqual([LARGE, LARGE]);
  appendMany(LARGE + 10);
  await turn();
  expect(sent).toEqual([LARGE, LARGE]);
  appender.settle(LARGE);
  expect(sent).toEqual([LARGE, LARGE, LARGE + 10]);
  appender.settle(LARGE);
  appender.settle(LARGE + 10);
  await turn();
  expect(sent).toEqual([LARGE, LARGE, LARGE + 10]);
});

test("gathers the whole turn where the disk is slow", async () => {
  const { appender, appendMany, sent, clock } = setUp();
  appendMany(1);
  await turn();
  clock.monotonicMs += 1_000;
  appender.settle(1);
  appendMany(2 * LARGE);
  expect(sent).toEqual([1]);
  await turn();
  expect(sent).toEqual([1, 2 * LARGE]);
});

test("settles the oldest, with the reason where they failed", async () => {
  const { appender, appendMany, settled } = setUp();
  appendMany(3);
  await turn();
  appender.settle(2);
  await turn();
  expect(settled).toEqual(["entry 1 written", "entry 2 written"]);
  expect(appender.pending).toBe(1);
  appender.settle(1, failure);
  await turn();
  expect(settled).toEqual(["entry 1 written", "entry 2 written", "entry 3 failed"]);
});

test("a thread that died takes what waits with it, and the next one is given what comes after", async () => {
  const { appender, appendMany, sent, settled } = setUp();
  appendMany(1);
  await turn();
  appendMany(1);
  appender.failAll(failure);
  await turn();
  expect(settled).toEqual(["entry 1 failed", "entry 2 failed"]);
  appendMany(1);
  await turn();
  expect(sent).toEqual([1, 1]);
});
