import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { LedgerDatabase } from "./database.ts";
import { readHeadFile } from "./head-file.ts";
import type { SignatureChecker } from "./signing.ts";
import { ledgerFile } from "./sqlite-database.ts";
import type { ExpectedHead } from "./verify-ledger.ts";

/** Where the centre itself says that its chains end. Whoever cuts off the end of a chain has to change this, too. */
export async function centreHeads(database: Pick<LedgerDatabase, "all">): Promise<ExpectedHead[]> {
  const rows = await database.all(
    "SELECT id, last_sequence, last_digest FROM writers WHERE last_sequence > 0",
  );
  return rows.map((row) => ({
    writerId: String(row.id),
    sequence: Number(row.last_sequence),
    digest: row.last_digest as Uint8Array,
  }));
}

/**
 * What this machine knows that the centre has: the ends of its own chains as far as they were shipped, and the heads of
 * them that were signed. Whoever cuts off the end of a chain in the centre cannot change these.
 * @param position the place up to which all was shipped; 0 where that is not known.
 */
export function shippedHeads(folder: string, position: number, checker: SignatureChecker): ExpectedHead[] {
  if (position === 0) return [];
  const local = openDatabaseReadOnly(ledgerFile(folder));
  try {
    const last = local.prepare(
      "SELECT sequence, digest FROM entries WHERE writer = ? AND position <= ? ORDER BY sequence DESC LIMIT 1",
    );
    const ends = new Map<string, ExpectedHead>();
    for (const { number, id } of local.prepare("SELECT number, id FROM writers").all()) {
      const row = last.get(number ?? 0, position);
      const writerId = String(id);
      if (row)
        ends.set(writerId, { writerId, sequence: Number(row.sequence), digest: row.digest as Uint8Array });
    }
    const isShipped = ({ writerId, sequence }: ExpectedHead): boolean =>
      sequence <= (ends.get(writerId)?.sequence ?? 0);
    return [...ends.values(), ...readHeadFile(folder, checker).filter(isShipped)];
  } finally {
    local.close();
  }
}
