import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** Reads a length of time as people write it: "500ms", "30s", "1.5s", "5m", "1h30m", "1d"; undefined if it is none. */
export function parseDuration(text: string): Duration | undefined {
  if (!wholeText.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(amountAndUnit)) {
    milliseconds += Number(amount) * millisecondsPerUnit[unit as Unit];
  }
  // Ten thousand years, the bound of protobuf.
  if (!(milliseconds <= 315_576_000_000_000)) return undefined;
  return durationOf(milliseconds);
}

/** A length of time; fractions of a millisecond count to the microsecond. */
export function durationOf(milliseconds: number): Duration {
  const microseconds = Math.round(milliseconds * 1000);
  return create(DurationSchema, {
    seconds: BigInt(Math.floor(microseconds / 1_000_000)),
    nanos: (microseconds % 1_000_000) * 1000,
  });
}

/** A length of time in milliseconds. */
export function durationMilliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A length of time in the largest unit that states it without a fraction, such as "5m". */
export function formatDuration(duration: Duration): string {
  const milliseconds = durationMilliseconds(duration);
  if (milliseconds === 0) return "0s";
  for (const unit of ["d", "h", "m", "s"] as const) {
    const amount = milliseconds / millisecondsPerUnit[unit];
    if (Number.isInteger(amount)) return `${amount}${unit}`;
  }
  return `${milliseconds}ms`;
}

const millisecondsPerUnit = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
type Unit = keyof typeof millisecondsPerUnit;
const amountAndUnit = /(\d{1,15}(?:\.\d{1,9})?)(us|ms|s|m|h|d|w)/g;
const wholeText = /^(?:\d{1,15}(?:\.\d{1,9})?(?:us|ms|s|m|h|d|w))+$/;
