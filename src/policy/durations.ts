import { create } from "@bufbuild/protobuf";
import { type Duration, DurationSchema } from "@bufbuild/protobuf/wkt";

/** Reads a length of time as people write it: "500ms", "30s", "1.5s", "5m", "1h30m", "1d"; undefined if it is none. */
export function parseDuration(text: string): Duration | undefined {
  if (!wholeText.test(text)) return undefined;
  let nanoseconds = 0n;
  for (const [, whole, fraction = "", unit] of text.matchAll(amountAndUnit)) {
    const perUnit = nanosecondsPerUnit[unit as Unit];
    nanoseconds +=
      BigInt(whole!) * perUnit + (BigInt(fraction || 0) * perUnit) / 10n ** BigInt(fraction.length);
  }
  if (nanoseconds > longest) return undefined;
  return create(DurationSchema, { seconds: nanoseconds / second, nanos: Number(nanoseconds % second) });
}

/** A length of time in milliseconds. */
export function durationMilliseconds(duration: Duration): number {
  return Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A length of time that is not negative in the largest unit that states it without a fraction, such as "5m". */
export function formatDuration(duration: Duration): string {
  const nanoseconds = duration.seconds * second + BigInt(duration.nanos);
  if (nanoseconds === 0n) return "0s";
  for (const unit of ["d", "h", "m", "s", "ms", "us"] as const) {
    const perUnit = nanosecondsPerUnit[unit];
    const amount = `${nanoseconds / perUnit}${unit}`;
    // More digits than parseDuration reads are stated in seconds with a fraction.
    if (nanoseconds % perUnit === 0n && wholeText.test(amount)) return amount;
  }
  return `${duration.seconds}.${String(duration.nanos).padStart(9, "0")}s`;
}

const second = 1_000_000_000n;
/** Ten thousand years, the bound of protobuf. */
const longest = 315_576_000_000n * second;
const nanosecondsPerUnit = {
  us: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
  d: 86_400n * second,
  w: 604_800n * second,
};
type Unit = keyof typeof nanosecondsPerUnit;
const amountAndUnit = /(\d{1,15})(?:\.(\d{1,9}))?(us|ms|s|m|h|d|w)/g;
const wholeText = /^(?:\d{1,15}(?:\.\d{1,9})?(?:us|ms|s|m|h|d|w)){1,8}$/;
