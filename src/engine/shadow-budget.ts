/** What shadow calls are under way, and what they cost today, by target. */
export interface ShadowBudget {
  underway: number;
  readonly spentMicros: Map<string, { day: number; micros: number }>;
}

/** An empty budget. */
export function createShadowBudget(): ShadowBudget {
  return { underway: 0, spentMicros: new Map() };
}

/** Micros of a dollar that shadow calls of a target cost on a day. */
export function spentOn(budget: ShadowBudget, targetId: string, day: number): number {
  const spent = budget.spentMicros.get(targetId);
  return spent?.day === day ? spent.micros : 0;
}
