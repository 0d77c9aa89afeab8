import { assignedSecrets } from "./assigned-secrets.ts";
import { datesOfBirth } from "./dates-of-birth.ts";
import type { Detector, Emit, Span } from "./detector.ts";
import { emails } from "./emails.ts";
import { ibans } from "./ibans.ts";
import { ipAddresses } from "./ip-addresses.ts";
import type { Kind } from "./kinds.ts";
import { nationalIds } from "./national-ids.ts";
import { paymentCards } from "./payment-cards.ts";
import { persons } from "./persons.ts";
import { phones } from "./phones.ts";
import { PrivacyError } from "./privacy-error.ts";
import { privateKeys } from "./private-keys.ts";
import { resolveOverlaps } from "./resolve-overlaps.ts";
import { scanAnchors } from "./scan.ts";
import { streetAddresses } from "./street-addresses.ts";
import { urlCredentials } from "./url-credentials.ts";
import { vendorTokens } from "./vendor-tokens.ts";

/** All detectors that are built in. */
export const builtInDetectors: readonly Detector[] = [
  privateKeys,
  vendorTokens,
  urlCredentials,
  assignedSecrets,
  emails,
  ibans,
  paymentCards,
  nationalIds,
  datesOfBirth,
  ipAddresses,
  phones,
  streetAddresses,
  persons,
];

/** What to look for and how long. */
export type DetectOptions = {
  /** Kinds wanted. Default: all. */
  readonly kinds?: ReadonlySet<Kind>;
  /** Findings below this confidence are dropped, 0..1. Default 0.5. */
  readonly minimumConfidence?: number;
  /** The most one detector may take for one text, in milliseconds. Default 1,000. */
  readonly timeLimitMilliseconds?: number;
  /** A monotonic clock in milliseconds. Default `performance.now`. */
  readonly now?: () => number;
  /** Default: all that are built in. */
  readonly detectors?: readonly Detector[];
};

/** A detector that did not finish: its kinds are undecided for this text. */
export type DetectorFailure = {
  readonly detector: string;
  readonly kinds: readonly Kind[];
  readonly reason: "failed" | "timeout";
  readonly cause: unknown;
};

/** Everything found, and everything that could not be looked for. */
export type Detection = {
  /** All findings, overlapping ones included: whoever takes some kinds only must pick first and resolve then. */
  readonly found: readonly Span[];
  readonly failures: readonly DetectorFailure[];
};

/** Private values in a text, in order, none overlapping. Throws PrivacyError if any detector fails: see `tryDetect`. */
export function detect(text: string, options: DetectOptions = {}): readonly Span[] {
  const { found, failures } = tryDetect(text, options);
  const [failure] = failures;
  if (failure !== undefined) throw failureError(failure);
  return resolveOverlaps(found);
}

/** As `detect`, but a failing detector leaves the others' findings standing and is reported beside them. */
export function tryDetect(text: string, options: DetectOptions = {}): Detection {
  const {
    kinds,
    minimumConfidence = 0.5,
    timeLimitMilliseconds = 1_000,
    detectors = builtInDetectors,
  } = options;
  const now = options.now ?? defaultNow;
  const anchors = scanAnchors(text);
  const found: Span[] = [];
  const failures: DetectorFailure[] = [];
  let detector: Detector;
  let ticks = 0;
  let end = 0;
  const emit: Emit = (start, stop, kind, confidence, rule) => {
    if (confidence < minimumConfidence || start >= stop || (kinds !== undefined && !kinds.has(kind))) return;
    const name = rule === undefined ? detector.name : `${detector.name}:${rule}`;
    found.push({ start, end: stop, kind, confidence, detector: name });
  };
  // Looks at the clock once in 256 ticks: often enough for a bound in milliseconds, too seldom to be felt. A detector's
  // time runs from its first look, so short texts never ask for the time.
  const tick = (): void => {
    if (++ticks % ticksBetweenLooks !== 0) return;
    if (ticks === ticksBetweenLooks) end = now() + timeLimitMilliseconds;
    else if (now() > end) throw new OutOfTime("The detector's time is over.");
  };
  for (detector of detectors) {
    if (kinds !== undefined && !detector.kinds.some((kind) => kinds.has(kind))) continue;
    ticks = 0;
    try {
      detector.run(anchors, emit, tick);
    } catch (cause) {
      // What it found before it failed is still true, and keeping it can only hide more.
      const reason = cause instanceof OutOfTime ? "timeout" : "failed";
      failures.push({ detector: detector.name, kinds: detector.kinds, reason, cause });
    }
  }
  return { found, failures };
}

/** The error that a failed detector of a critical kind is answered with. */
export function failureError(failure: DetectorFailure): PrivacyError {
  const timeout = failure.reason === "timeout";
  const what = timeout ? "took longer than it may" : "failed";
  return new PrivacyError(
    timeout ? "detector_timeout" : "detector_failed",
    `The detector ${failure.detector} ${what}, so the text cannot be said to be free of: ${failure.kinds.join(", ")}.`,
    failure.kinds,
    failure.cause,
  );
}

const ticksBetweenLooks = 256;

class OutOfTime extends Error {}

function defaultNow(): number {
  return performance.now();
}
