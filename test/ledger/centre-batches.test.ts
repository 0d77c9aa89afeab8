import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { createBatch, type LocalEntry } from "../../src/ledger/forward-batch.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { coverTimes } from "../../src/ledger/postgres-partitions.ts";
import { migratePostgres } from "../../src/ledger/postgres-schema.ts";
import { atCentre, numberAt } from "./centre.ts";
import { decided, finished, outcome, timedOut } from "./entries.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";

const LAYOUT = { schema: "batches", partitionDays: 7 };
const TIME_MS = 1_700_000_000_000;
const DECISIONS = 6;

/** What two writers wrote: the second closed what the first had begun and told what became of it. */
const chains = [chainOf(1, "first"), chainOf(2, "second")] as const;

function chainOf(writer: number, part: "first" | "second"): readonly LocalEntry[] {
  const chain: LocalEntry[] = [];
  const append = ({ decisionId, tenant, event }: NewEntry): void => {
    const sequence = chain.length + 1;
    const fields = { writerId: part, sequence: BigInt(sequence), decisionId, tenant, event };
    const payload = toBinary(EntrySchema, create(EntrySchema, fields));
    const digest = new Uint8Array(32).fill(16 * writer + sequence);
    chain.push([0, writer, sequence, (TIME_MS + sequence) * 1_000, payload, digest]);
  };
  for (let index = 0; index < DECISIONS; index += 1) {
    const request = {
      id: `d${index}`,
      // PostgreSQL has no place for the character 0 in a text.
      app: `app\0${index}`,
      requestId: index % 2 === 0 ? "again" : "",
      rules: ['"quoted"', "back\\slash", `rule{${index},NULL}`, '"quoted"', ""],
      time: TIME_MS + index,
    };
    if (part === "first") {
      append(decided(request));
      append(timedOut(request));
      append(outcome(request.id, "model\0", index % 2 === 0, TIME_MS + index));
      if (index < 3) append(finished(request));
    } else {
      append(finished(request, CompletionState.INTERRUPTED));
      append(outcome(request.id, "person", true, TIME_MS));
      append(outcome(request.id, "person", index < 4, TIME_MS + 1));
    }
  }
  return chain;
}

const NUMBERS = new Map(chains.map((_, index) => [index + 1, index + 1]));
const TABLES = ["records", "failures", "outcomes", "requests", "entries", "writers"];

describe.skipIf(postgresPrograms === undefined)("batches at the centre", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    await atCentre(server.url, "public", async (client) => {
      await migratePostgres(client, LAYOUT);
      await coverTimes(client, LAYOUT.partitionDays, [TIME_MS * 1_000]);
    });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const send = async (client: Client, entries: readonly LocalEntry[]): Promise<void> => {
    const batch = createBatch(NUMBERS);
    batch.add(entries);
    await batch.prepare(TIME_MS).send(client);
  };

  /** What the tables say once all was sent, but for how many batches it took. */
  const contents = async (client: Client, batches: readonly (readonly LocalEntry[])[]): Promise<unknown> => {
    await client.query(`TRUNCATE ${TABLES.join(", ")};
      INSERT INTO writers (number, id) OVERRIDING SYSTEM VALUE VALUES (1, 'first'), (2, 'second')`);
    for (const batch of batches) await send(client, batch);
    await client.query("UPDATE writers SET batches = 0");
    const rows = TABLES.map((table) => `(SELECT json_agg(t ORDER BY t::text) FROM ${table} t) AS ${table}`);
    return (await client.query(`SELECT ${rows.join(", ")}`)).rows[0];
  };

  test("say the same however entries are divided, mixed and sent again", async () => {
    await atCentre(server.url, LAYOUT.schema, async (client) => {
      const together = await contents(client, [chains.flat()]);
      const { rows } = await client.query("SELECT * FROM records ORDER BY decision_id");
      expect(rows).toHaveLength(DECISIONS);
      expect(rows[1]).toMatchObject({
        decision_id: "d1",
        app: "app\ufffd1",
        rule_ids: ['"quoted"', "back\\slash", "rule{1,NULL}", ""],
        state: String(CompletionState.COMPLETED),
        success: "0",
      });
      expect(rows[4]).toMatchObject({ state: String(CompletionState.INTERRUPTED), success: "0" });
      expect(rows[2]).toMatchObject({ success: "1" });
      expect(await numberAt(client, "SELECT count(*) FROM entries")).toBe(chains.flat().length);

      const cut = fc.record({ size: fc.integer({ min: 1, max: 12 }), again: fc.nat({ max: 20 }) });
      const mixed = fc.array(fc.boolean(), {
        minLength: chains.flat().length,
        maxLength: chains.flat().length,
      });
      await fc.assert(
        fc.asyncProperty(mixed, fc.array(cut, { minLength: 1, maxLength: 8 }), async (firsts, cuts) => {
          const all = mix(firsts);
          const batches: LocalEntry[][] = [];
          for (let at = 0, turn = 0; at < all.length; turn += 1) {
            const { size, again } = cuts[turn % cuts.length] ?? { size: 1, again: 0 };
            // Some of what was sent goes out again with what follows, as after an answer that was lost.
            batches.push(all.slice(Math.max(0, at - again), at + size));
            at += size;
          }
          expect(await contents(client, batches)).toEqual(together);
        }),
        { numRuns: 25 },
      );
    });
  });

  test("write all that belongs together, or nothing", async () => {
    await atCentre(server.url, LAYOUT.schema, async (client) => {
      await contents(client, []);
      const tooLate: LocalEntry = [0, 1, 1, 1, new Uint8Array(0), new Uint8Array(32)];
      const [first] = chains;
      await expect(send(client, [...first, tooLate])).rejects.toThrow(/no partition/);
      for (const table of TABLES.slice(0, 5))
        expect(await numberAt(client, `SELECT count(*) FROM ${table}`), table).toBe(0);
      expect(await numberAt(client, "SELECT sum(last_sequence) FROM writers")).toBe(0);
      await client.query("ALTER TABLE failures RENAME TO elsewhere");
      await expect(send(client, first)).rejects.toThrow(/failures/);
      await client.query("ALTER TABLE elsewhere RENAME TO failures");
      expect(await numberAt(client, "SELECT count(*) FROM entries")).toBe(0);
      // The connection is as good as before.
      await send(client, first);
      expect(await numberAt(client, "SELECT count(*) FROM entries")).toBe(first.length);
    });
  });

  test("are refused where the centre does not know their writers", async () => {
    await atCentre(server.url, LAYOUT.schema, async (client) => {
      await contents(client, []);
      await client.query("DELETE FROM writers WHERE number = 2");
      await expect(send(client, chains[0])).rejects.toMatchObject({ kind: "unavailable" });
    });
  });
});

/** One order of what both wrote, each in its own. */
function mix(firsts: readonly boolean[]): LocalEntry[] {
  const left = chains.map((chain) => [...chain]);
  const all: LocalEntry[] = [];
  for (const first of firsts) {
    const [mine, other] = first ? left : left.toReversed();
    const next = mine?.shift() ?? other?.shift();
    if (next) all.push(next);
  }
  return all;
}
