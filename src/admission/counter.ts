import type { CounterAnswer, CounterReading, CounterSpec, ExchangeItem } from "./limit-store.ts";

/** One holder's part of a counter. */
export interface Hold {
  held: number;
  spentTotal: number;
  sequence: number;
  expiresAt: number;
  /** What was counted as spent when the holder fell silent; taken back if it speaks again. */
  writtenOff: number;
}

/** What a store keeps of one counter. */
export interface CounterState {
  spent: number;
  /** When `spent` was last brought up to date, in milliseconds. */
  updatedAt: number;
  /** Until when somebody lacks, in milliseconds. */
  scarceUntil: number;
  readonly holds: Map<string, Hold>;
}

/** How long a shortage is remembered, in milliseconds: long enough that every holder hears of it. */
export const SCARCE_MS = 1_000;

/** How long a holder that fell silent is remembered, in milliseconds. */
export const FORGET_MS = 86_400_000;

/** How long a holder that closed is remembered, in milliseconds, so that a message that comes late is known as such. */
export const CLOSED_MS = 60_000;

/** A counter that nobody used yet. */
export function emptyCounter(now: number): CounterState {
  return { spent: 0, updatedAt: now, scarceUntil: 0, holds: new Map() };
}

/** What is spent and held at a time. Changes nothing. */
export function readCounter(state: CounterState, spec: CounterSpec, now: number): CounterReading {
  let held = 0;
  for (const hold of state.holds.values()) held += hold.held;
  return { spent: forget(state.spent, state.updatedAt, spec, now), held };
}

/**
 * The one rule of all engines: brings the counter up to date, books the holder's report, and grants what is free.
 * Changes the state; gives undefined, and changes nothing, for an item that is older than one seen before.
 */
export function exchangeCounter(
  state: CounterState,
  item: ExchangeItem,
  holdMs: number,
  now: number,
): CounterAnswer | undefined {
  const { counter, holder } = item;
  const known = state.holds.get(holder);
  if (known && known.sequence >= item.sequence) return undefined;

  const time = Math.max(now, state.updatedAt);
  state.spent = forget(state.spent, state.updatedAt, counter, time);
  state.updatedAt = time;
  writeOffSilent(state, holder, time);
  if (known && known.writtenOff > 0) state.spent = Math.max(0, state.spent - known.writtenOff);

  const spentBefore = state.spent;
  const reported = Math.max(0, item.spentTotal - (known?.spentTotal ?? 0));
  state.spent += reported;
  const kept = Math.max(0, (known ? known.held + known.writtenOff : 0) - reported - item.outstanding);

  let heldByOthers = 0;
  for (const [name, hold] of state.holds) if (name !== holder) heldByOthers += hold.held;
  const free = Math.max(0, Math.floor(counter.capacity - state.spent - heldByOthers - item.outstanding));
  const granted = grant(item, kept, free);
  if (granted < item.needed) state.scarceUntil = time + SCARCE_MS;

  state.holds.set(holder, {
    held: item.outstanding + granted,
    spentTotal: item.spentTotal,
    sequence: item.sequence,
    expiresAt: item.closing ? time + CLOSED_MS - FORGET_MS : time + holdMs,
    writtenOff: 0,
  });
  return {
    granted,
    spent: state.spent,
    spentBefore,
    held: heldByOthers + item.outstanding + granted,
    heldByOthers,
    scarce: state.scarceUntil > time,
  };
}

/** Needs come first. Of the rest a holder may keep what it has, or get up to a sixteenth of what is free. */
function grant(item: ExchangeItem, kept: number, free: number): number {
  const forNeeds = Math.min(item.needed, free);
  const rest = free - forNeeds;
  const ready = Math.max(Math.min(kept - forNeeds, rest), Math.floor(rest / 16));
  return forNeeds + Math.max(0, Math.min(item.extra, ready));
}

/** Counts as spent what silent holders hold: they may have spent all of it. */
function writeOffSilent(state: CounterState, speaker: string, now: number): void {
  for (const [name, hold] of state.holds) {
    if (hold.expiresAt > now || name === speaker) continue;
    if (now - hold.expiresAt >= FORGET_MS) state.holds.delete(name);
    state.spent += hold.held;
    hold.writtenOff += hold.held;
    hold.held = 0;
  }
}

function forget(spent: number, since: number, { refillPerMs }: CounterSpec, now: number): number {
  return refillPerMs === 0 ? spent : Math.max(0, spent - Math.max(0, now - since) * refillPerMs);
}
