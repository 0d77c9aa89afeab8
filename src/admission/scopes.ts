import type { Caller } from "#gen/pointsman/v1/facts_pb.ts";
import type { BudgetRule, LimitRule, LimitSettings } from "./limit-settings.ts";
import type { CounterSpec } from "./limit-store.ts";
import { periodAt } from "./period.ts";

/** A limit or budget as it stands for one caller or target at one time. */
export interface AppliedRule {
  readonly id: string;
  readonly unit: "requests" | "tokens" | "micros";
  /** Whose it is; empty where it counts whoever calls. */
  readonly tenant: string;
  /** Whom it counts, for people and errors, such as "tenant:acme". */
  readonly scope: string;
  readonly counter: CounterSpec;
  /** When the counter is replaced by that of the next period, in milliseconds since 1970; infinite where never. */
  readonly end: number;
  /** The share that may be used without the store; 0 where nothing may. */
  readonly awayShare: number;
  /** Shares at which an event is raised. */
  readonly soft: readonly number[];
}

/** How long counters outlive their period, in milliseconds, so that late reports find them. */
const GRACE_MS = 2 * 86_400_000;

/** The rules that count a caller, budgets last. Targets are not among them. */
export function rulesForCaller(settings: LimitSettings, caller: Caller, now: number): AppliedRule[] {
  const rules: AppliedRule[] = [];
  for (const limit of settings.limits) {
    if (limit.scope === "target") continue;
    const value = scopeValue(limit.scope, caller);
    if (matches(limit.match, value.shown)) rules.push(applyLimit(limit, value));
  }
  for (const budget of settings.budgets) {
    const value = scopeValue(budget.scope, caller);
    if (matches(budget.match, value.shown)) rules.push(applyBudget(budget, value, now));
  }
  return rules;
}

/** The rules that count the use of a target, whoever calls. */
export function rulesForTarget(settings: LimitSettings, targetId: string): AppliedRule[] {
  return settings.limits
    .filter(({ scope, match }) => scope === "target" && matches(match, targetId))
    .map((limit) => applyLimit(limit, { tenant: "", shown: targetId, parts: [targetId] }));
}

/** The budget of a target's shadow calls for the day of `now`, whoever's requests they follow. */
export function ruleForShadow(targetId: string, dollars: number, now: number): AppliedRule {
  const span = periodAt("day", now);
  return {
    id: "shadow",
    unit: "micros",
    tenant: "",
    scope: `target:${targetId}`,
    counter: {
      // No limit's id begins with a dot, so none can share its counter.
      key: `.shadow|${encodeURIComponent(targetId)}|${span.name}`,
      capacity: Math.floor(dollars * 1e6 + 1e-6),
      refillPerMs: 0,
      keepMs: PERIOD_MS.day + GRACE_MS,
    },
    end: span.end,
    awayShare: 0,
    soft: [],
  };
}

interface ScopeValue {
  readonly tenant: string;
  /** For people and for `match`. */
  readonly shown: string;
  /** For the counter's name: always with the tenant, so that tenants never share one. */
  readonly parts: readonly string[];
}

/** A caller without an app is counted as an app without a name: no credential slips past a limit. */
function scopeValue(scope: "key" | "app" | "tenant", caller: Caller): ScopeValue {
  const { tenant } = caller;
  switch (scope) {
    case "tenant":
      return { tenant, shown: tenant, parts: [tenant] };
    case "app":
      return { tenant, shown: `${tenant}/${caller.app}`, parts: [tenant, caller.app] };
    case "key":
      return { tenant, shown: caller.keyId, parts: [tenant, caller.keyId] };
  }
}

function applyLimit(limit: LimitRule, value: ScopeValue): AppliedRule {
  return {
    id: limit.id,
    unit: limit.unit,
    tenant: value.tenant,
    scope: `${limit.scope}:${value.shown}`,
    counter: {
      // A limit that counts something else after a reload does not go on from what it counted before.
      key: `${counterKey(limit.id, limit.scope, value)}|${limit.unit}`,
      capacity: limit.capacity,
      refillPerMs: limit.refillPerMs,
      keepMs: Math.ceil(limit.capacity / limit.refillPerMs) + GRACE_MS,
    },
    end: Number.POSITIVE_INFINITY,
    awayShare: limit.awayShare,
    soft: [],
  };
}

function applyBudget(budget: BudgetRule, value: ScopeValue, now: number): AppliedRule {
  const span = periodAt(budget.period, now);
  return {
    id: budget.id,
    unit: "micros",
    tenant: value.tenant,
    scope: `${budget.scope}:${value.shown}`,
    counter: {
      key: `${counterKey(budget.id, budget.scope, value)}|${span.name}`,
      capacity: budget.capacity,
      refillPerMs: 0,
      // A total never ends; all others are kept for as long as their period may still last.
      keepMs: budget.period === "total" ? Number.POSITIVE_INFINITY : PERIOD_MS[budget.period] + GRACE_MS,
    },
    end: span.end,
    awayShare: budget.awayShare,
    soft: budget.soft,
  };
}

const PERIOD_MS = { day: 86_400_000, week: 7 * 86_400_000, month: 31 * 86_400_000 };

function counterKey(id: string, scope: string, { parts }: ScopeValue): string {
  return [id, scope, ...parts.map(encodeURIComponent)].join("|");
}

function matches(patterns: readonly string[] | undefined, value: string): boolean {
  return patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, value));
}

/** Whether a text follows a pattern in which `*` stands for any text. Linear: no pattern can make it slow. */
export function matchesPattern(pattern: string, text: string): boolean {
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return text === pattern;
  const last = pieces[pieces.length - 1] ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position);
    if (found < 0) return false;
    position = found + piece.length;
  }
  return position <= text.length - last.length;
}
