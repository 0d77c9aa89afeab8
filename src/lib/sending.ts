/** Takes the next item. Where it gives a promise, the reader is behind: wait for it before the next item. */
export type Send<Item> = (item: Item) => Promise<void> | undefined;

/** Items that may wait for a reader before whoever sends has to wait. */
const MOST_WAITING = 64;

/**
 * Reads what a function sends, one item after the other: how what is pushed is given to those who pull. The end is that
 * of the function, its error included.
 *
 * @param run sends; its signal aborts when `outer` does or when the reader leaves in the middle, and what it sends
 * after that is dropped. Leaving waits until it has ended.
 */
export async function* received<Item>(
  run: (send: Send<Item>, signal: AbortSignal) => Promise<unknown>,
  outer: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort(outer.reason);
  let waiting: Item[] = [];
  let over = false;
  let wake: (() => void) | undefined;
  let room: PromiseWithResolvers<void> | undefined;

  const send: Send<Item> = (item) => {
    if (leaving.signal.aborted) return undefined;
    waiting.push(item);
    wake?.();
    if (waiting.length < MOST_WAITING) return undefined;
    room ??= Promise.withResolvers<void>();
    return room.promise;
  };
  const makeRoom = (): void => {
    room?.resolve();
    room = undefined;
  };
  const end = (): void => {
    over = true;
    wake?.();
  };

  if (outer.aborted) leave();
  else outer.addEventListener("abort", leave, { once: true });
  const running = run(send, leaving.signal);
  running.then(end, end);
  try {
    for (;;) {
      const batch = waiting;
      waiting = [];
      makeRoom();
      for (const item of batch) yield item;
      if (waiting.length > 0) continue;
      if (over) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
    await running;
  } finally {
    outer.removeEventListener("abort", leave);
    if (!over) leave();
    makeRoom();
    await running.catch(() => undefined);
  }
}

/** Sends every item of an iterable, as fast as they are taken. */
export async function sendAll<Item>(items: AsyncIterable<Item>, send: Send<Item>): Promise<void> {
  for await (const item of items) {
    const wait = send(item);
    if (wait) await wait;
  }
}
