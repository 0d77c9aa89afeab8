import type { Clock } from "../lib/clock.ts";
import { abortable } from "../lib/signals.ts";
import { Allowance } from "./allowance.ts";
import type { CounterAnswer, CounterSpec, LimitStore } from "./limit-store.ts";
import { createWaitingList, type Line, type Verdict } from "./waiting-list.ts";

/** All times in milliseconds. */
export interface BookTiming {
  /** How long the store may take for one exchange. */
  readonly storeTimeoutMs: number;
  /** How long a process may be silent before what it holds counts as spent. */
  readonly holdMs: number;
  /** How long what was used may stay unreported. */
  readonly flushMs: number;
}

/** How the book behaves. */
export interface BookOptions {
  readonly store: LimitStore;
  readonly clock: Clock;
  /** Makes the names of holders; no two processes may make the same. */
  readonly makeHolder: () => string;
  /** Asked each time, as a reload may change it. */
  readonly timing: () => BookTiming;
  /** The most requests that wait for the store at a time. */
  readonly mostWaiting: number;
  /** Told of every answer of the store. */
  readonly onAnswer: (allowance: Allowance, answer: CounterAnswer) => void;
  /** Told when the store goes away, and with undefined when it comes back. */
  readonly onStore: (away: Error | undefined) => void;
}

/** The allowances of this process, and the one exchange with the store that is under way at a time. */
export interface AllowanceBook {
  /** The allowance of a counter, made on first use; where it was opened with another rule, this one holds from now on. */
  open(counter: CounterSpec): Allowance;
  /** Takes all lines or none, at once; false where one of them is short. */
  takeNow(lines: readonly Line[]): boolean;
  /** Takes all lines or none, asking the store where needed. First come, first served. Rejects with the signal's reason. */
  take(lines: readonly Line[], signal: AbortSignal): Promise<Verdict>;
  /** To be called after a change that the store should hear of. */
  changed(allowance: Allowance): void;
  /** Asks the store about these allowances; resolves when it answered or failed to. */
  refresh(allowances: readonly Allowance[], signal: AbortSignal): Promise<void>;
  /** Why the store is away; undefined where it is not. */
  readonly away: Error | undefined;
  /** Reports all that is known and gives back what is ready. */
  close(): Promise<void>;
}

/** How long an allowance stays open without use, in milliseconds. */
const IDLE_MS = 60_000;

/** How often allowances are looked through for those that are idle or must show that their holder lives. */
const LOOK_MS = 1_000;

function isSameRule(one: CounterSpec, other: CounterSpec): boolean {
  return (
    one.capacity === other.capacity && one.refillPerMs === other.refillPerMs && one.keepMs === other.keepMs
  );
}

/** Makes the book. Nothing runs, and no timer is set, until something is used. */
export function createAllowanceBook(options: BookOptions): AllowanceBook {
  const { store, clock } = options;
  const allowances = new Map<string, Allowance>();
  const pending = new Set<Allowance>();
  const waiting = createWaitingList(options);
  let asked: PromiseWithResolvers<void> | undefined;
  let exchanging: Promise<void> | undefined;
  let scheduled: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lookedAt = clock.monotonic();
  let away: Error | undefined;
  let closed = false;

  const run = (): void => {
    exchanging ??= exchange().finally(() => {
      exchanging = undefined;
      plan();
    });
  };

  /** A turn of the event loop gathers what happens at the same time into one exchange. */
  const soon = (): void => {
    if (scheduled || exchanging || closed) return;
    scheduled = setImmediate(() => {
      scheduled = undefined;
      run();
    });
  };

  const later = (milliseconds: number): void => {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      run();
    }, milliseconds);
    timer.unref();
  };

  /** Decides when the next exchange is to be. */
  const plan = (): void => {
    let urgent = asked !== undefined || waiting.urgent;
    for (const allowance of pending) urgent ||= allowance.tight && allowance.unreported;
    if (away) later(options.timing().flushMs * 4);
    else if (urgent) soon();
    else if (pending.size > 0 || waiting.size > 0) later(options.timing().flushMs);
    else if (allowances.size > 0) later(LOOK_MS);
  };

  const changed = (allowance: Allowance): void => {
    pending.add(allowance);
    if (away || exchanging) return;
    if (allowance.tight) soon();
    else later(options.timing().flushMs);
  };

  /** Finds what is idle, to be closed, and what must be heard of lest its holder be taken for dead. */
  const look = (now: number): Set<Allowance> => {
    const idle = new Set<Allowance>();
    if (now - lookedAt < LOOK_MS) return idle;
    lookedAt = now;
    for (const allowance of allowances.values()) {
      if (allowance.idle && now - allowance.usedAt > IDLE_MS) idle.add(allowance);
      else if (!allowance.holding || now - allowance.answeredAt < options.timing().holdMs / 3) continue;
      pending.add(allowance);
    }
    return idle;
  };

  const exchange = async (): Promise<void> => {
    const now = clock.monotonic();
    const askers = asked;
    asked = undefined;
    const idle = look(now);
    for (const allowance of waiting.allowances()) pending.add(allowance);
    const chosen = [...pending];
    pending.clear();
    const items = chosen.map((allowance) => allowance.report(closed || idle.has(allowance)));
    try {
      if (chosen.length > 0) {
        const signal = AbortSignal.timeout(options.timing().storeTimeoutMs);
        const answers = await abortable(
          store.exchange({ items, holdMs: options.timing().holdMs }, signal),
          signal,
        );
        if (away) {
          away = undefined;
          options.onStore(undefined);
        }
        for (const [index, allowance] of chosen.entries()) {
          const answer = answers[index];
          if (answer) {
            allowance.answered(items[index]!, answer, clock.monotonic());
            options.onAnswer(allowance, answer);
          } else allowance.unanswered();
          if (idle.has(allowance) && allowance.idle) {
            allowance.closed = true;
            allowances.delete(allowance.counter.key);
          } else if (allowance.dirty) pending.add(allowance);
        }
      }
    } catch (error) {
      for (const allowance of chosen) {
        allowance.unanswered();
        pending.add(allowance);
      }
      const first = away === undefined;
      away = error instanceof Error ? error : new Error(String(error));
      if (first) options.onStore(away);
    }
    waiting.serve(away !== undefined, pending);
    askers?.resolve();
  };

  const takeNow = (lines: readonly Line[]): boolean => {
    for (const { allowance, amount } of lines) if (!allowance.canTake(amount)) return false;
    const now = clock.monotonic();
    for (const { allowance, amount } of lines) {
      allowance.take(amount);
      allowance.usedAt = now;
      if (!pending.has(allowance)) changed(allowance);
    }
    return true;
  };

  return {
    open(counter) {
      let allowance = allowances.get(counter.key);
      if (!allowance) {
        allowance = new Allowance(counter, options.makeHolder());
        allowance.usedAt = clock.monotonic();
        allowances.set(counter.key, allowance);
      } else if (!isSameRule(allowance.counter, counter)) {
        allowance.change(counter);
        changed(allowance);
      }
      return allowance;
    },
    takeNow,
    async take(lines, signal) {
      if (takeNow(lines)) return { kind: "taken" };
      signal.throwIfAborted();
      if (away || closed) return { kind: "away" };
      const now = clock.monotonic();
      for (const { allowance } of lines) allowance.usedAt = now;
      const verdict = waiting.join(lines, signal);
      soon();
      return verdict;
    },
    changed,
    refresh(wanted, signal) {
      if (away || closed || wanted.length === 0) return Promise.resolve();
      for (const allowance of wanted) pending.add(allowance);
      asked ??= Promise.withResolvers<void>();
      soon();
      return abortable(asked.promise, signal);
    },
    get away() {
      return away;
    },
    async close() {
      if (closed) return;
      await exchanging;
      closed = true;
      clearTimeout(timer);
      clearImmediate(scheduled);
      for (const allowance of allowances.values())
        if (allowance.answeredAt > 0 || allowance.dirty) pending.add(allowance);
      await exchange();
    },
  };
}
