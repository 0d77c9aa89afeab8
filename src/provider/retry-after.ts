import type { HttpHeaders } from "./http-types.ts";

/** No provider is believed that wants to be left alone for longer than a day. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1_000;

/**
 * Milliseconds after which a provider wants to be asked again, from `retry-after-ms` or `retry-after` in seconds or as a
 * date; undefined where it does not say, or not in a way that can be read.
 * @param now milliseconds since the Unix epoch.
 */
export function parseRetryAfter(headers: HttpHeaders, now: number): number | undefined {
  const milliseconds = headers["retry-after-ms"];
  if (typeof milliseconds === "string" && /^\d{1,12}(\.\d+)?$/.test(milliseconds))
    return bound(Number(milliseconds));
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return bound(Number(value) * 1_000);
  // Only what looks like an HTTP date: the engine reads a date into almost anything.
  const date = /^[A-Z][a-z]+, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : bound(date - now);
}

/** Milliseconds of a protobuf Duration in JSON, such as "34.4s". */
export function parseDurationJson(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{1,9}(\.\d+)?s$/.test(value)) return undefined;
  return bound(Number(value.slice(0, -1)) * 1_000);
}

function bound(milliseconds: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, Math.ceil(milliseconds)));
}
