import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { received, type Send, sendAll } from "./sending.ts";

const never = new AbortController().signal;

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

test("gives what is sent, in order, and ends with the function", async () => {
  const run = async (send: Send<number>): Promise<void> => {
    send(1);
    await turn();
    send(2);
    send(3);
  };
  expect(await collect(received(run, never))).toEqual([1, 2, 3]);
});

test("gives what was sent before it fails with the function's error", async () => {
  const seen: number[] = [];
  const run = async (send: Send<number>): Promise<void> => {
    send(1);
    throw new Error("broken");
  };
  const read = async (): Promise<void> => {
    for await (const item of received(run, never)) seen.push(item);
  };
  await expect(read()).rejects.toThrow("broken");
  expect(seen).toEqual([1]);
});

test("makes a sender wait for a slow reader: what waits is bounded", async () => {
  let sent = 0;
  const run = async (send: Send<number>): Promise<void> => {
    for (; sent < 1_000; sent++) {
      const wait = send(sent);
      if (wait) await wait;
    }
  };
  const items = received(run, never);
  for (let read = 0; read < 10; read++) {
    await items.next();
    await turn();
    expect(sent - read).toBeLessThan(150);
  }
  expect(await collect(items)).toHaveLength(990);
});

test("tells the function when the reader leaves, and waits for its end", async () => {
  let ended = false;
  const run = async (send: Send<number>, signal: AbortSignal): Promise<void> => {
    send(1);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(send(2)).toBeUndefined();
    await turn();
    ended = true;
  };
  for await (const item of received(run, never)) {
    expect(item).toBe(1);
    break;
  }
  expect(ended).toBe(true);
});

test("passes an abort from outside on", async () => {
  const controller = new AbortController();
  const run = async (_send: Send<number>, signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  };
  const reading = collect(received(run, controller.signal));
  controller.abort(new Error("the caller went away"));
  await expect(reading).rejects.toThrow("the caller went away");
});

test("sendAll waits where it is told to", async () => {
  const order: string[] = [];
  const items = async function* (): AsyncGenerator<number> {
    yield 1;
    yield 2;
  };
  await sendAll(items(), async (item) => {
    order.push(`took ${item}`);
    await turn();
    order.push(`done ${item}`);
  });
  expect(order).toEqual(["took 1", "done 1", "took 2", "done 2"]);
});
