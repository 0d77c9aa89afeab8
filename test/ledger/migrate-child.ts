import { openPostgresLedger } from "../../src/ledger/postgres-database.ts";

/** Opens the centre as a replica does that starts, and ends: `node migrate-child.ts URL SCHEMA`. */
const [url = "", schema = ""] = process.argv.slice(2);
const database = await openPostgresLedger({ url, schema, partitionDays: 7 });
await database.close();
