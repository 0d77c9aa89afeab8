import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config-schema.ts";

/** Sections that are put into force at a start only: what hangs on them is opened once. */
const SECTIONS = [
  "listen",
  "data",
  "collections",
  "shared_store",
  "ledger",
  "cache",
  "breaker",
  "server",
] as const satisfies readonly (keyof Config)[];

/** The sections of a configuration that differ from those that the service was started with, and so wait for the next start. */
export function restartNeeded(started: Config, next: Config): string[] {
  return SECTIONS.filter((section) => !isDeepStrictEqual(started[section], next[section]));
}
