import fc from "fast-check";
import { expect, test } from "vitest";
import { copyStep } from "../../src/ledger/postgres-copy.ts";
import { type Insert, insertStatement } from "../../src/ledger/postgres-insert.ts";
import { runPipeline } from "../../src/ledger/postgres-pipeline.ts";
import { atCentre } from "./centre.ts";
import { postgresPrograms, startPostgres } from "./postgres-server.ts";

const text = fc.string({ unit: "binary", maxLength: 100 });
const row = fc.tuple(
  fc.option(fc.maxSafeInteger()),
  fc.option(text),
  fc.option(fc.uint8Array({ maxLength: 300 })),
  fc.option(fc.array(text, { maxLength: 5 })),
);
const COLUMNS: Insert["columns"] = [
  { name: "number", type: "bigint" },
  { name: "word", type: "text" },
  { name: "bytes", type: "bytea" },
  { name: "words", type: "text[]" },
];
/** PostgreSQL refuses the character 0. */
const withoutZero = (value: string): string => value.replaceAll("\0", "\ufffd");

test.skipIf(postgresPrograms === undefined)(
  "rows reach PostgreSQL as they are, whichever way they take",
  async () => {
    await using server = await startPostgres();
    await atCentre(server.url, "public", async (client) => {
      await client.query(
        "CREATE TABLE rows (place SERIAL, number BIGINT, word TEXT, bytes BYTEA, words TEXT[])",
      );
      const property = fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const insert: Insert = { table: "rows", columns: COLUMNS, rows, conflict: "DO NOTHING" };
        const wanted = rows.map(([number, word, bytes, words]) => [
          number,
          word && withoutZero(word),
          bytes,
          words === null ? null : words.map(withoutZero),
        ]);
        for (const step of [copyStep(insert), insertStatement(insert)]) {
          await client.query("TRUNCATE rows");
          expect(await runPipeline(client, [step])).toEqual([rows.length]);
          const { rows: found } = await client.query("SELECT * FROM rows ORDER BY place");
          expect(
            found.map(({ number, word, bytes, words }) => [
              number === null ? null : Number(number),
              word,
              bytes && new Uint8Array(bytes),
              words,
            ]),
          ).toEqual(wanted);
        }
      });
      await fc.assert(property, { numRuns: 100 });
    });
  },
);
