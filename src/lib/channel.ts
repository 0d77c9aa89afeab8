/**
 * A bounded queue between one or more writers and one reader. `push` answers false when it is full: the writer decides
 * whether to drop, to wait or to close, so memory never grows unseen.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  #items: T[] = [];
  #closed = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  /** @param capacity the most items that wait. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Items that wait. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds an item; false when the channel is full or closed, and the item is not in it. */
  push(item: T): boolean {
    if (this.#closed || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#notify();
    return true;
  }

  /** Ends the channel: the reader gets what waits, then the end or the error. */
  close(error?: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const batch = this.#items;
        this.#items = [];
        yield* batch;
        if (this.#items.length > 0) continue;
        if (this.#closed) {
          if (this.#error !== undefined) throw this.#error;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#closed = true;
      this.#items = [];
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
