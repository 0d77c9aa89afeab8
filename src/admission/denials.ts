import { formatDollars } from "../lib/money.ts";
import { AdmissionError } from "./admission-error.ts";
import type { AppliedLine } from "./caller-rules.ts";

/** When to try again while requests under way may still give back enough, in milliseconds. */
const SOON_MS = 1_000;

/** What a caller is told when a limit or budget does not hold what it asks for. */
export function denyShort(line: AppliedLine & { readonly amount: number }, now: number): AdmissionError {
  const { rule, allowance, amount } = line;
  const remaining = Math.floor(allowance.remaining);
  const retryAfterMs = retryAfter(line, now);
  const details = {
    scope: rule.scope,
    limitId: rule.id,
    unit: rule.unit,
    remaining,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  if (rule.unit === "micros") {
    const left = `${formatDollars(remaining / 1e6)} of ${formatDollars(rule.counter.capacity / 1e6)}`;
    return new AdmissionError(
      "budget_exhausted",
      `The budget "${rule.id}" of ${rule.scope} has ${left} left; the request may cost ${formatDollars(amount / 1e6)}.`,
      details,
    );
  }
  const tooLarge = amount > rule.counter.capacity;
  return new AdmissionError(
    "rate_limited",
    tooLarge
      ? `The request alone needs ${amount} ${rule.unit}, more than the limit "${rule.id}" of ${rule.scope} ever admits (${rule.counter.capacity}).`
      : `The limit "${rule.id}" of ${rule.scope} is reached: ${remaining} ${rule.unit} are left, ${amount} are needed.`,
    details,
  );
}

/** What a caller is told when the store is away and the limit says to refuse then. */
export function denyAway({ rule }: AppliedLine, cause: Error | undefined): AdmissionError {
  return new AdmissionError(
    "store_away",
    `The limit "${rule.id}" of ${rule.scope} cannot be checked now. Retry later.`,
    { scope: rule.scope, limitId: rule.id, unit: rule.unit, retryAfterMs: SOON_MS, cause },
  );
}

/** Undefined where waiting does not help. */
function retryAfter(
  { rule, allowance, amount }: AppliedLine & { readonly amount: number },
  now: number,
): number | undefined {
  const { capacity, refillPerMs } = rule.counter;
  if (amount > capacity) return undefined;
  const { remaining, last } = allowance;
  if (refillPerMs > 0) {
    const missing = amount - remaining;
    return Math.max(1, Math.ceil(missing / refillPerMs));
  }
  // Everything that is held may come back, for it is the worst case of requests under way.
  if (last && capacity - last.spent >= amount) return SOON_MS;
  return Number.isFinite(rule.end) ? Math.max(1, rule.end - now) : undefined;
}
