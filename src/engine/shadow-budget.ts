/** What shadow calls are under way, what they may cost at worst, and what earlier ones cost today, by target. */
export interface ShadowBudget {
  underway: number;
  readonly spentMicros: Map<string, { day: number; micros: number }>;
}

/** An empty budget. */
export function createShadowBudget(): ShadowBudget {
  return { underway: 0, spentMicros: new Map() };
}

/**
 * Takes the worst case of a call out of a target's budget of the day; undefined where it does not fit. What it gives is
 * to be called with what the call cost.
 */
export function holdShadow(
  budget: ShadowBudget,
  call: { targetId: string; day: number; worstMicros: number; mostMicros: number },
): ((usedMicros: number) => void) | undefined {
  const { targetId, day, worstMicros, mostMicros } = call;
  const known = budget.spentMicros.get(targetId);
  const today = known?.day === day ? known : { day, micros: 0 };
  if (today.micros + worstMicros > mostMicros) return undefined;
  today.micros += worstMicros;
  budget.spentMicros.set(targetId, today);
  budget.underway++;
  return (usedMicros) => {
    budget.underway--;
    today.micros += usedMicros - worstMicros;
  };
}
