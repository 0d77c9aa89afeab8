import type { WireReader } from "./wire-reader.ts";

/** The message that a field of a message holds. */
export function within(message: WireReader, field: number): WireReader | undefined {
  let found: WireReader | undefined;
  while (message.next()) {
    if (message.field === field) found = message.message();
    else message.skip();
  }
  return found;
}

/** The text that a field of a message holds; empty where it holds none. */
export function textWithin(message: WireReader, field: number): string {
  let found = "";
  while (message.next()) {
    if (message.field === field) found = message.text();
    else message.skip();
  }
  return found;
}

/** A Timestamp in whole microseconds since the epoch. */
export function readMicros(time: WireReader): number {
  const { seconds, nanos } = readSecondsAndNanos(time);
  return seconds * 1_000_000 + Math.floor(nanos / 1_000);
}

/** A Duration in whole microseconds. */
export function readDurationMicros(duration: WireReader): number {
  const { seconds, nanos } = readSecondsAndNanos(duration);
  return Math.round((seconds * 1_000 + nanos / 1e6) * 1_000);
}

/** Timestamp and Duration have the same two fields. */
function readSecondsAndNanos(message: WireReader): { seconds: number; nanos: number } {
  let seconds = 0;
  let nanos = 0;
  while (message.next()) {
    if (message.field === 1) seconds = message.int64();
    else if (message.field === 2) nanos = message.int32();
    else message.skip();
  }
  return { seconds, nanos };
}
