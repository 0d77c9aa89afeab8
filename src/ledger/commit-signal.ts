/** Lets threads of one process know of commits without a message each. */
export interface CommitSignal {
  /** Tells those who wait that something was committed. */
  tell(): void;
  /** Resolves at the first commit since the last call resolved, or after so many milliseconds. */
  next(milliseconds: number): Promise<void>;
}

/** The memory that the threads of one signal share. */
export function commitMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** One thread's end of the signal over shared memory. */
export function createCommitSignal(memory: SharedArrayBuffer): CommitSignal {
  const count = new Int32Array(memory);
  let seen = Atomics.load(count, 0);
  return {
    tell() {
      Atomics.add(count, 0, 1);
      Atomics.notify(count, 0);
    },
    async next(milliseconds) {
      const { value } = Atomics.waitAsync(count, 0, seen, milliseconds);
      await value;
      seen = Atomics.load(count, 0);
    },
  };
}
