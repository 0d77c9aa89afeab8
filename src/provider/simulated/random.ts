import type { DurationProfile } from "./profile.ts";

/** Numbers in 0 up to but not including 1, the same ones for the same seed. */
export type Random = () => number;

/** A small, fast generator (mulberry32): good enough for draws that only have to look random and be repeatable. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A 32-bit hash of text (FNV-1a), to draw from content. Nothing relies on it being hard to guess. */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Draws a duration in milliseconds. */
export function drawDuration(profile: DurationProfile, random: Random): number {
  if (typeof profile === "number") return profile;
  switch (profile.type) {
    case "constant":
      return profile.ms;
    case "uniform":
      return profile.min_ms + random() * Math.max(0, profile.max_ms - profile.min_ms);
    case "exponential":
      return -Math.log(1 - random()) * profile.mean_ms;
    case "lognormal":
      return profile.median_ms * Math.exp(profile.sigma * drawNormal(random));
  }
}

function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
