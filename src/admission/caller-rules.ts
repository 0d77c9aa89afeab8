import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { Allowance } from "./allowance.ts";
import type { AllowanceBook } from "./allowance-book.ts";
import type { LimitSettings } from "./limit-settings.ts";
import { type AppliedRule, rulesForCaller, rulesForTarget } from "./scopes.ts";

/** A rule with this process's part of its counter. */
export interface AppliedLine {
  readonly rule: AppliedRule;
  readonly allowance: Allowance;
}

/** The rules of each caller and target, found once and then remembered. */
export interface CallerRules {
  forCaller(caller: Caller): readonly AppliedLine[];
  forTarget(targetId: string): readonly AppliedLine[];
  ruleOf(allowance: Allowance): AppliedRule | undefined;
}

interface Remembered {
  readonly lines: readonly AppliedLine[];
  /** When a period ends and the rules must be found again. */
  readonly end: number;
}

/** Callers and targets that are remembered. */
const MOST_REMEMBERED = 10_000;

/** Makes the memory. @param now milliseconds since 1970. */
export function createCallerRules(
  settings: LimitSettings,
  book: AllowanceBook,
  now: () => number,
): CallerRules {
  const memory = new Map<string, Remembered>();
  const byCaller = new WeakMap<Caller, Remembered>();
  const rules = new WeakMap<Allowance, AppliedRule>();
  const none = settings.limits.length === 0 && settings.budgets.length === 0;

  const usable = (entry: Remembered | undefined, time: number): entry is Remembered =>
    entry !== undefined && time < entry.end && entry.lines.every(({ allowance }) => !allowance.closed);

  const remember = (name: string, found: readonly AppliedRule[]): Remembered => {
    const lines = found.map((rule) => {
      const allowance = book.open(rule.counter);
      rules.set(allowance, rule);
      return { rule, allowance };
    });
    const entry = { lines, end: Math.min(...found.map(({ end }) => end), Number.POSITIVE_INFINITY) };
    if (memory.size >= MOST_REMEMBERED) memory.delete(memory.keys().next().value ?? "");
    memory.set(name, entry);
    return entry;
  };

  return {
    forCaller(caller) {
      if (none) return [];
      const time = now();
      let entry = byCaller.get(caller);
      if (usable(entry, time)) return entry.lines;
      const name = `caller ${[caller.tenant, caller.app, caller.keyId].map(encodeURIComponent).join("|")}`;
      entry = memory.get(name);
      if (!usable(entry, time)) entry = remember(name, rulesForCaller(settings, caller, time));
      byCaller.set(caller, entry);
      return entry.lines;
    },
    forTarget(targetId) {
      if (none) return [];
      const name = `target ${targetId}`;
      const entry = memory.get(name);
      return (usable(entry, now()) ? entry : remember(name, rulesForTarget(settings, targetId))).lines;
    },
    ruleOf: (allowance) => rules.get(allowance),
  };
}
