/** How well a router divides questions between a strong and a weak model, as RouteLLM defines it. */
export interface RoutingMetrics {
  /** Average performance gap recovered: 0 is the weak model, 1 the strong one, a half what random division gets. */
  readonly apgr: number;
  /** The share of calls to the strong model, 0 to 1, with which half of the gap is recovered. */
  readonly cpt50: number;
  /** The same for 80 % of the gap. */
  readonly cpt80: number;
}

/** Questions with known outcomes, in the order of a router's scores. */
export interface RankedQuestions {
  /** The question at each rank, lowest score first. */
  readonly order: Int32Array;
  /** For each rank, the first rank with an equal score. */
  readonly tieStart: Int32Array;
  /** The score at each rank. */
  readonly scores: Float64Array;
}

/** Thresholds divide the scores into this many equal parts. */
const PARTS = 10;

/** Sorts questions by the score that a router gives them: the higher, the sooner the strong model is called. */
export function rankQuestions(scores: ArrayLike<number>): RankedQuestions {
  const order = Int32Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => scores[a]! - scores[b]!,
  );
  const sorted = Float64Array.from(order, (question) => scores[question]!);
  const tieStart = new Int32Array(order.length);
  for (let rank = 1; rank < order.length; rank++)
    tieStart[rank] = sorted[rank] === sorted[rank - 1] ? tieStart[rank - 1]! : rank;
  return { order, tieStart, scores: sorted };
}

/**
 * @param strong 1 where the strong model is right, by question.
 * @param weak 1 where the weak model is right, by question.
 * @param counts how often each question is in the sample; once each for the measurement itself, drawn for a bootstrap.
 */
export function measureRouting(
  ranked: RankedQuestions,
  strong: ArrayLike<number>,
  weak: ArrayLike<number>,
  counts: ArrayLike<number>,
): RoutingMetrics {
  const curve = callsAndAccuracy(ranked, strong, weak, counts);
  const [weakest, strongest] = [curve.weakAccuracy, curve.strongAccuracy];
  const recovered = curve.points.map(([calls, accuracy]) => [
    calls,
    (accuracy - weakest) / (strongest - weakest),
  ]) as [number, number][];
  let area = 0;
  for (let index = 1; index < recovered.length; index++) {
    const [before, after] = [recovered[index - 1]!, recovered[index]!];
    area += ((after[0] - before[0]) * (after[1] + before[1])) / 2;
  }
  const width = recovered.at(-1)![0] - recovered[0]![0];
  return { apgr: area / width, cpt50: callsFor(recovered, 0.5), cpt80: callsFor(recovered, 0.8) };
}

/** The accuracy at each threshold, from no call to the strong model to all calls. */
function callsAndAccuracy(
  ranked: RankedQuestions,
  strong: ArrayLike<number>,
  weak: ArrayLike<number>,
  counts: ArrayLike<number>,
): { points: [number, number][]; weakAccuracy: number; strongAccuracy: number } {
  const { order, tieStart } = ranked;
  const total = order.length;
  /** Sums over the ranks below: how many, and what the strong model gains on them. */
  const size = new Float64Array(total + 1);
  const gain = new Float64Array(total + 1);
  let weakSum = 0;
  for (let rank = 0; rank < total; rank++) {
    const question = order[rank]!;
    const count = counts[question]!;
    size[rank + 1] = size[rank]! + count;
    gain[rank + 1] = gain[rank]! + count * (strong[question]! - weak[question]!);
    weakSum += count * weak[question]!;
  }
  const sample = size[total]!;
  const cuts = new Set([total]);
  let rank = 0;
  for (let part = 0; part < PARTS; part++) {
    const place = ((sample - 1) * part) / PARTS;
    while (size[rank + 1]! <= Math.floor(place)) rank++;
    // A threshold between two different scores takes in the upper one only; on a score, all that are equal to it.
    let next = rank;
    while (next < total - 1 && size[next + 1]! <= Math.floor(place) + 1) next++;
    const between = place % 1 > 0 && ranked.scores[next] !== ranked.scores[rank];
    cuts.add(between ? tieStart[next]! : tieStart[rank]!);
  }
  const points = [...cuts]
    .sort((a, b) => b - a)
    .map((cut): [number, number] => [
      (sample - size[cut]!) / sample,
      (weakSum + gain[total]! - gain[cut]!) / sample,
    ]);
  return {
    points,
    weakAccuracy: weakSum / sample,
    strongAccuracy: (weakSum + gain[total]!) / sample,
  };
}

/** The least share of calls at which the line between the points reaches a share of the gap. */
function callsFor(recovered: readonly [number, number][], wanted: number): number {
  for (let index = 1; index < recovered.length; index++) {
    const [before, after] = [recovered[index - 1]!, recovered[index]!];
    if (after[1] < wanted) continue;
    if (before[1] >= wanted) return before[0];
    return before[0] + ((wanted - before[1]) / (after[1] - before[1])) * (after[0] - before[0]);
  }
  return 1;
}
