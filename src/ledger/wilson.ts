/** The 97.5 % point of the normal distribution. */
const Z = 1.959963984540054;

/** The 95 % interval of a rate by Wilson's score, which stays within 0 to 1 and holds for few trials too. */
export function wilsonInterval(successes: number, trials: number): readonly [lower: number, upper: number] {
  const rate = successes / trials;
  const spread = (Z * Z) / trials;
  const center = (rate + spread / 2) / (1 + spread);
  const half = (Z / (1 + spread)) * Math.sqrt((rate * (1 - rate)) / trials + (spread / trials) * 0.25);
  return [Math.max(0, center - half), Math.min(1, center + half)];
}
