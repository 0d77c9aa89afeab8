import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { EngineParts } from "./engine/engine-parts.ts";
import { learnFromOutcome } from "./engine/outcomes.ts";

/** Records looked through, newest first: older outcomes hardly count any more. */
const MOST_RECORDS = 20_000;

/** Lets the scorecard learn again what the ledger remembers of outcomes, oldest first. Gives their number. */
export async function restoreScorecard(parts: EngineParts, signal: AbortSignal): Promise<number> {
  const found: { learn: () => void; time: number }[] = [];
  let pageToken = "";
  for (let seen = 0; seen < MOST_RECORDS; ) {
    const query = { filter: undefined, pageSize: 1_000, pageToken };
    const page = await parts.ledger.reader.listRecords(query, { tenants: "all" }, signal);
    for (const record of page.records) {
      for (const outcome of record.outcomes) {
        const time = outcome.createTime ? timestampMs(outcome.createTime) : 0;
        found.push({ time, learn: () => learnFromOutcome(parts, record, outcome, time) });
      }
    }
    seen += page.records.length;
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  found.sort((left, right) => left.time - right.time);
  for (const { learn } of found) learn();
  return found.length;
}
