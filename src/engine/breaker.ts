import CircuitBreaker from "opossum";
import { BreakerState } from "#gen/pointsman/v1/target_pb.ts";
import type { Clock } from "../lib/clock.ts";

/** When a breaker opens, and for how long. */
export interface BreakerSettings {
  /** Share of failed calls above which it opens, in percent. */
  readonly errorThresholdPercentage: number;
  /** Calls within the window below which it never opens. */
  readonly volumeThreshold: number;
  /** The window, in milliseconds. */
  readonly windowMs: number;
  /** Time until one call is let through to see whether the target is back, in milliseconds. */
  readonly resetMs: number;
}

/** Leave to call a target once. Exactly one of the methods is called, once; further calls do nothing. */
export interface Permit {
  /** The target works. */
  ok(): void;
  /** The target does not work. */
  fail(error: Error): void;
  /** The caller went away: says nothing about a closed breaker, but a probe must not count as a success. */
  cancel(): void;
}

/** Circuit breakers, one a target, and the time until which a target asked to be left alone. */
export interface Breakers {
  /** Leave to call the target now; undefined where its breaker is open or it asked to be left alone. */
  admit(targetId: string): Permit | undefined;
  /** Honours a provider's Retry-After: no call before then. */
  hold(targetId: string, milliseconds: number): void;
  state(targetId: string): BreakerState;
  /** Milliseconds until the next call may go through; 0 where one may now. */
  retryAfterMs(targetId: string): number;
  /** Targets that cannot be called now, sorted. */
  unavailable(): string[];
  /** Forgets targets that are no longer there. */
  keep(targetIds: ReadonlySet<string>): void;
  close(): void;
}

interface Entry {
  readonly breaker: CircuitBreaker;
  openedAt: number;
  heldUntil: number;
}

/** The longest time for which a provider's Retry-After is believed, in milliseconds. */
const MAX_HOLD_MS = 10 * 60_000;

/** Makes the breakers. opossum stays behind this facade; the hazards named below were found by running it. */
export function createBreakers(settings: BreakerSettings, clock: Clock): Breakers {
  const entries = new Map<string, Entry>();

  const entryOf = (targetId: string): Entry => {
    let entry = entries.get(targetId);
    if (!entry) {
      // A fresh options object each: opossum writes into it. Its own timeout would not cancel anything, so it is off.
      const breaker = new CircuitBreaker((promise) => promise, {
        timeout: false,
        resetTimeout: settings.resetMs,
        errorThresholdPercentage: settings.errorThresholdPercentage,
        volumeThreshold: settings.volumeThreshold,
        rollingCountTimeout: settings.windowMs,
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
      });
      const made: Entry = { breaker, openedAt: 0, heldUntil: 0 };
      breaker.on("open", () => {
        made.openedAt = clock.monotonic();
      });
      entries.set(targetId, made);
      entry = made;
    }
    return entry;
  };

  const waitMs = (entry: Entry): number => {
    const now = clock.monotonic();
    const held = Math.max(0, entry.heldUntil - now);
    const open = entry.breaker.opened ? Math.max(1, entry.openedAt + settings.resetMs - now) : 0;
    return Math.max(held, open);
  };

  return {
    admit(targetId) {
      const entry = entryOf(targetId);
      const { breaker } = entry;
      if (entry.heldUntil > clock.monotonic()) return undefined;
      // pendingClose is true only while a half-open breaker still has its one probe to give.
      if (!breaker.closed && !breaker.pendingClose) return undefined;
      return createPermit(breaker);
    },
    hold(targetId, milliseconds) {
      const entry = entryOf(targetId);
      entry.heldUntil = Math.max(entry.heldUntil, clock.monotonic() + Math.min(milliseconds, MAX_HOLD_MS));
    },
    state(targetId) {
      const breaker = entries.get(targetId)?.breaker;
      if (breaker?.opened) return BreakerState.OPEN;
      return breaker?.halfOpen ? BreakerState.HALF_OPEN : BreakerState.CLOSED;
    },
    retryAfterMs(targetId) {
      const entry = entries.get(targetId);
      return entry ? waitMs(entry) : 0;
    },
    unavailable() {
      const ids: string[] = [];
      for (const [id, entry] of entries) if (waitMs(entry) > 0) ids.push(id);
      return ids.sort();
    },
    keep(targetIds) {
      for (const [id, entry] of entries) {
        if (targetIds.has(id)) continue;
        entry.breaker.shutdown();
        entries.delete(id);
      }
    },
    close() {
      for (const { breaker } of entries.values()) breaker.shutdown();
      entries.clear();
    },
  };
}

function createPermit(breaker: CircuitBreaker): Permit {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const probing = breaker.halfOpen;
  breaker.fire(promise).catch(() => undefined);
  return {
    ok: () => resolve(),
    fail: (error) => reject(error),
    // A filtered error would count as a success and close a half-open breaker, so a cancelled probe fails.
    cancel: () => (probing ? reject(new Error("the probe was cancelled")) : resolve()),
  };
}
