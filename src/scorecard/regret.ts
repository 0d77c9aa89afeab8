/** What success and failure are worth, in US dollars. */
export interface RegretStakes {
  /** Default 0.01. */
  readonly successValue: number;
  /** Default 0.005. */
  readonly failureCost: number;
}

/** One target's attempt at a question, as predicted and as it went. */
export interface PredictedAttempt {
  readonly questionId: string;
  readonly targetId: string;
  /** The predicted probability of success. */
  readonly probability: number;
  /** The predicted cost in US dollars. */
  readonly expectedCost: number;
  /** 0 to 1. */
  readonly score: number;
  /** US dollars. */
  readonly cost: number;
}

/** What choosing by prediction was worth, in US dollars a question; over questions that several targets answered. */
export interface Regret {
  readonly questionCount: number;
  /** Of the targets that the curves choose. */
  readonly chosen: number;
  /** Of the best target of every question, known only afterwards. */
  readonly oracle: number;
  /** Of a target drawn at random. */
  readonly random: number;
  /** Of the one target that is best over all questions together, and which that is. Known only afterwards, too. */
  readonly bestSingle: number;
  readonly bestSingleTargetId: string;
  /** oracle - chosen. */
  readonly regret: number;
}

/** Values follow the formula by which targets are chosen, without latency and preferences. */
export function measureRegret(attempts: readonly PredictedAttempt[], stakes: RegretStakes): Regret {
  const value = (success: number, cost: number): number =>
    success * stakes.successValue - (1 - success) * stakes.failureCost - cost;
  const questions = [...Map.groupBy(attempts, (attempt) => attempt.questionId).values()].filter(
    (group) => group.length > 1,
  );
  const totals = { chosen: 0, oracle: 0, random: 0 };
  const byTarget = new Map<string, { sum: number; count: number }>();
  for (const group of questions) {
    const worth = group.map((one) => value(one.score, one.cost));
    const hoped = group.map((one) => value(one.probability, one.expectedCost));
    totals.chosen += worth[hoped.indexOf(Math.max(...hoped))]!;
    totals.oracle += Math.max(...worth);
    totals.random += worth.reduce((sum, one) => sum + one, 0) / worth.length;
    for (const [index, one] of group.entries()) {
      const total = byTarget.get(one.targetId) ?? { sum: 0, count: 0 };
      byTarget.set(one.targetId, { sum: total.sum + worth[index]!, count: total.count + 1 });
    }
  }
  const count = Math.max(1, questions.length);
  const single = bestSingle(byTarget, questions.length);
  return {
    questionCount: questions.length,
    chosen: totals.chosen / count,
    oracle: totals.oracle / count,
    random: totals.random / count,
    bestSingle: single.value,
    bestSingleTargetId: single.targetId,
    regret: (totals.oracle - totals.chosen) / count,
  };
}

/** Only a target that answered at least nine questions in ten can stand for all of them. */
function bestSingle(
  byTarget: ReadonlyMap<string, { sum: number; count: number }>,
  questionCount: number,
): { targetId: string; value: number } {
  const means = [...byTarget]
    .filter(([, { count }]) => count >= 0.9 * questionCount)
    .map(([targetId, { sum, count }]) => ({ targetId, value: sum / count }))
    .sort((a, b) => b.value - a.value || (a.targetId < b.targetId ? -1 : 1));
  return means[0] ?? { targetId: "", value: 0 };
}
