import { create } from "@bufbuild/protobuf";
import { type Budget, BudgetSchema, type Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { Clock } from "../lib/clock.ts";
import { createAllowanceBook } from "./allowance-book.ts";
import { type AppliedLine, createCallerRules } from "./caller-rules.ts";
import { denyAway, denyShort } from "./denials.ts";
import type { LimitSettings } from "./limit-settings.ts";
import type { LimitStore } from "./limit-store.ts";
import { ruleForShadow } from "./scopes.ts";
import { matchingSoftLimits, type SoftLimit } from "./soft-limits.ts";

/** What a request may use at worst. */
export interface ReserveAmounts {
  /** Input tokens, counted or estimated. */
  readonly inputTokens: number;
  /** The most output tokens it may make. */
  readonly maxOutputTokens: number;
  /** The most it may cost, in whole micros of a US dollar, all attempts together. */
  readonly worstCaseMicros: number;
  /** Targets whose own limits it counts against. Default: none; see `reserveTarget`. */
  readonly targetIds?: readonly string[];
  /** Whether it counts as a request. Default true; false where a request that was counted needs more. */
  readonly countsAsRequest?: boolean;
}

/** What a shadow call may cost at worst, and what all of its target may cost in a day. */
interface ShadowCall {
  readonly targetId: string;
  readonly worstCaseMicros: number;
  readonly dollarsPerDay: number;
}

/** What a request really used. */
interface UsedAmounts {
  /** Input and output tokens of all attempts. */
  readonly tokens: number;
  /** What all attempts cost, in whole micros. May be more than was reserved: it is counted in full. */
  readonly micros: number;
}

/** A part of every limit that applies, held until it is settled. Settle or release it exactly once; later calls do nothing. */
export interface Reservation {
  /** What is left of the caller's budgets besides this reservation. */
  readonly budget: Budget;
  /** Replaces what was reserved by what was used. */
  settle(used: UsedAmounts): void;
  /** Nothing was used. The request itself stays counted. */
  release(): void;
}

/** What the store's state means for callers, for health and metrics. */
export interface AdmissionStatus {
  /** Why the store cannot be reached; undefined where it can. */
  readonly away: Error | undefined;
  /** Ids of limits that refuse now what this process does not hold. */
  readonly closed: readonly string[];
  /** Ids of limits that are served from a local share now. */
  readonly localShare: readonly string[];
}

/** Limits and budgets of callers. */
export interface Admission {
  /**
   * Reserves the worst case in every limit and budget that applies, all or nothing.
   * @throws AdmissionError `rate_limited`, `budget_exhausted` or `store_away`; the signal's reason where it aborts.
   */
  reserve(caller: Caller, amounts: ReserveAmounts, signal: AbortSignal): Promise<Reservation>;
  /** Reserves in the limits of one target only, before one attempt. @throws as `reserve`. */
  reserveTarget(targetId: string, amounts: ReserveAmounts, signal: AbortSignal): Promise<Reservation>;
  /** What is left of a caller's budgets, as last known. Before anything is known, the whole; see `ready`. */
  budgetFor(caller: Caller): Budget;
  /** Resolves when what is left of the caller's budgets is known to within a second; at once where it is, or the store is away. */
  ready(caller: Caller, signal: AbortSignal): Promise<void>;
  /**
   * Reserves in the budget of a target's shadow calls for today, which all replicas share.
   * @throws as `reserve`.
   */
  reserveShadow(call: ShadowCall, signal: AbortSignal): Promise<Reservation>;
  /**
   * Puts other limits and budgets into force, all at once. What is spent stays spent where an id stays, and requests under
   * way settle where they reserved.
   */
  reload(settings: LimitSettings): void;
  status(): AdmissionStatus;
  /** Reports what was used and gives back what is only kept ready. Settle first what is under way. */
  close(): Promise<void>;
}

/** What an admission tells. */
export interface AdmissionEvents {
  /** A budget passed one of its soft thresholds; once a period, by whichever replica noticed. */
  readonly onSoftLimit?: (event: SoftLimit) => void;
  /** The store went away, or came back. */
  readonly onStore?: (away: Error | undefined) => void;
}

/** How old the knowledge of a budget may be before it is refreshed, in milliseconds. */
const FRESH_MS = 1_000;

/** How often counters whose time is over are dropped, in milliseconds. */
const SWEEP_MS = 3_600_000;

/** Makes the admission. @param makeHolder makes names that no other process makes. */
export function createAdmission(
  first: LimitSettings,
  store: LimitStore,
  clock: Clock,
  makeHolder: () => string,
  events: AdmissionEvents = {},
): Admission {
  let settings = first;
  const book = createAllowanceBook({
    store,
    clock,
    makeHolder,
    timing: () => settings,
    mostWaiting: 10_000,
    onAnswer(allowance, answer) {
      if (answer.spent === answer.spentBefore || !events.onSoftLimit) return;
      const rule = rules.ruleOf(allowance);
      for (const event of rule ? matchingSoftLimits(rule, answer) : []) events.onSoftLimit(event);
    },
    onStore: (away) => events.onStore?.(away),
  });
  let rules = createCallerRules(settings, book, () => clock.now());
  const sweeping = setInterval(() => {
    // One that fails is made up for by the next.
    store.sweep(AbortSignal.timeout(60_000)).catch(() => undefined);
  }, SWEEP_MS);
  sweeping.unref();

  const reserveLines = async (
    applied: readonly AppliedLine[],
    amounts: ReserveAmounts,
    signal: AbortSignal,
  ): Promise<Reservation> => {
    if (applied.length === 0) return freeReservation;
    const lines = applied
      .map(({ rule, allowance }) => ({ rule, allowance, amount: amountOf(rule.unit, amounts) }))
      .filter(({ amount }) => amount > 0);
    if (!book.takeNow(lines)) {
      for (const line of lines)
        if (line.amount > line.rule.counter.capacity) throw denyShort(line, clock.now());
      const verdict = await book.take(lines, signal);
      if (verdict.kind === "short") {
        const line = lines.find(({ allowance }) => allowance === verdict.line.allowance) ?? lines[0]!;
        throw denyShort(line, clock.now());
      }
      if (verdict.kind === "crowded")
        throw denyAway(lines[0]!, new Error("too many requests wait for the store"));
      if (verdict.kind === "away") takeLocally(lines);
    }
    for (const { rule, allowance, amount } of lines)
      if (rule.unit === "requests") allowance.settle(amount, amount);
    return heldReservation(lines);
  };

  /** The store is away: each limit that is short says whether a local share may be used. */
  const takeLocally = (lines: readonly (AppliedLine & { amount: number })[]): void => {
    for (const line of lines) {
      const { rule, allowance, amount } = line;
      if (allowance.available >= amount) continue;
      if (rule.awayShare === 0) throw denyAway(line, book.away);
      if (!allowance.borrow(amount, rule.awayShare, clock.now())) throw denyShort(line, clock.now());
    }
    if (!book.takeNow(lines)) throw denyAway(lines[0]!, book.away);
  };

  const heldReservation = (lines: readonly (AppliedLine & { amount: number })[]): Reservation => {
    let open = true;
    const finish = (tokens: number, micros: number): void => {
      if (!open) return;
      open = false;
      for (const { rule, allowance, amount } of lines) {
        if (rule.unit === "requests") continue;
        allowance.settle(amount, Math.ceil(rule.unit === "tokens" ? tokens : micros));
        book.changed(allowance);
      }
    };
    return {
      budget: budgetOf(lines),
      settle: ({ tokens, micros }) => finish(tokens, micros),
      release: () => finish(0, 0),
    };
  };

  return {
    reserve(caller, amounts, signal) {
      const own = rules.forCaller(caller);
      const targetIds = amounts.targetIds ?? [];
      const all = targetIds.length === 0 ? own : [...own, ...targetIds.flatMap((id) => rules.forTarget(id))];
      return reserveLines(all, amounts, signal);
    },
    reserveTarget: (targetId, amounts, signal) => reserveLines(rules.forTarget(targetId), amounts, signal),
    budgetFor(caller) {
      const lines = rules.forCaller(caller);
      const stale = staleBudgets(lines, clock.monotonic());
      if (stale.length > 0)
        book.refresh(stale, AbortSignal.timeout(settings.storeTimeoutMs)).catch(() => undefined);
      return budgetOf(lines);
    },
    async ready(caller, signal) {
      const stale = staleBudgets(rules.forCaller(caller), clock.monotonic());
      if (stale.length > 0) await book.refresh(stale, signal);
    },
    reserveShadow({ targetId, worstCaseMicros, dollarsPerDay }, signal) {
      const rule = ruleForShadow(targetId, dollarsPerDay, clock.now());
      const amounts = { inputTokens: 0, maxOutputTokens: 0, worstCaseMicros };
      return reserveLines([{ rule, allowance: book.open(rule.counter) }], amounts, signal);
    },
    reload(next) {
      settings = next;
      rules = createCallerRules(next, book, () => clock.now());
    },
    status() {
      const all = [...settings.limits, ...settings.budgets];
      const ids = (share: boolean): string[] =>
        book.away ? all.filter(({ awayShare }) => awayShare > 0 === share).map(({ id }) => id) : [];
      return { away: book.away, closed: ids(false), localShare: ids(true) };
    },
    close() {
      clearInterval(sweeping);
      return book.close();
    },
  };
}

const UNLIMITED = create(BudgetSchema, { remaining: Number.POSITIVE_INFINITY, remainingShare: 1 });

const freeReservation: Reservation = { budget: UNLIMITED, settle: () => undefined, release: () => undefined };

function budgetOf(lines: readonly AppliedLine[]): Budget {
  let remaining = Number.POSITIVE_INFINITY;
  let share = 1;
  for (const { rule, allowance } of lines) {
    if (rule.unit !== "micros") continue;
    remaining = Math.min(remaining, allowance.remaining);
    share = Math.min(share, allowance.remaining / rule.counter.capacity);
  }
  if (remaining === Number.POSITIVE_INFINITY) return UNLIMITED;
  return create(BudgetSchema, { remaining: remaining / 1e6, remainingShare: share });
}

function staleBudgets(lines: readonly AppliedLine[], now: number): AppliedLine["allowance"][] {
  return lines
    .filter(({ rule, allowance }) => rule.unit === "micros" && now - allowance.answeredAt > FRESH_MS)
    .map(({ allowance }) => allowance);
}

function amountOf(unit: AppliedLine["rule"]["unit"], amounts: ReserveAmounts): number {
  switch (unit) {
    case "requests":
      return amounts.countsAsRequest === false ? 0 : 1;
    case "tokens":
      return Math.ceil(amounts.inputTokens + amounts.maxOutputTokens);
    case "micros":
      return Math.ceil(amounts.worstCaseMicros);
  }
}
