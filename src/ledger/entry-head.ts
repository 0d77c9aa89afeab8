import type { Row } from "./database.ts";
import type { WatchedEntry } from "./watch-tail.ts";
import { wireFields } from "./wire.ts";

/** What decides who may see an entry, read without decoding the rest. */
export interface EntryHead {
  readonly decisionId: string;
  readonly tenant: string;
}

/** An entry as watchers need it, out of a row with `sequence`, `payload` and `digest`. */
export function readEntryHead(writerId: string, row: Row): WatchedEntry {
  const payload = row.payload as Uint8Array;
  let decisionId = "";
  let tenant = "";
  for (const { number, bytes } of wireFields(payload)) {
    if (number === 4 && bytes) decisionId = Buffer.from(bytes).toString("utf8");
    if (number === 5 && bytes) tenant = Buffer.from(bytes).toString("utf8");
  }
  const digest = row.digest as Uint8Array;
  return { writerId, sequence: Number(row.sequence), decisionId, tenant, payload, digest };
}
