import { writeSync } from "node:fs";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { ledgerSettingsSchema } from "../../src/ledger/config.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";
import { decided, finished, timedOut } from "../ledger/entries.ts";

/**
 * Serves made-up requests until it is killed. An answer "leaves" when its id is on standard output, which happens only
 * after the ledger has said that its end is durable: the order that the engine keeps.
 */
const [dataFolder = "", key = ""] = process.argv.slice(2);
const settings = ledgerSettingsSchema.parse({ sign: { key, every_entries: 50, every_seconds: 1 } });
const ledger = await openLedger(settings, { clock: systemClock, makeId, dataFolder });

async function serve(): Promise<never> {
  for (let count = 0; ; count += 1) {
    const id = makeId();
    const content =
      count % 3 === 0 ? { id: `c-${id}`, bytes: Buffer.alloc(500, 1), subject: "ann" } : undefined;
    const durable = ledger.append(decided({ id, requestId: id, content }));
    if (count % 4 === 0) void ledger.append(timedOut({ id })).catch(() => undefined);
    await durable;
    await ledger.append(finished({ id }, CompletionState.COMPLETED));
    say(id);
  }
}

/** Says a line at once; where the pipe is full it waits, as a socket would. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

say("ready");
await Promise.all(Array.from({ length: 16 }, serve));
