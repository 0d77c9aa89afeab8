import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LedgerSettingsInput, ledgerSettingsSchema } from "../../src/ledger/config.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";

/** A folder that is gone after the test. */
export interface TestFolder extends AsyncDisposable {
  readonly path: string;
  /** @param now milliseconds since the epoch that the ledger's clock says. If not set, it runs. */
  open(settings?: LedgerSettingsInput, now?: number | (() => number)): Promise<Ledger>;
}

/** Makes a folder for ledgers; closes what was opened in it and removes it. */
export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), "pointsman-ledger-"));
  const ledgers: Ledger[] = [];
  return {
    path,
    async open(settings = {}, now) {
      const clock =
        now === undefined ? systemClock : { ...systemClock, now: typeof now === "number" ? () => now : now };
      const options = { clock, makeId, dataFolder: path };
      const ledger = await openLedger(ledgerSettingsSchema.parse(settings), options);
      ledgers.push(ledger);
      return ledger;
    },
    async [Symbol.asyncDispose]() {
      for (const ledger of ledgers) await ledger.close();
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
