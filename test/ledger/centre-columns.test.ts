import fc from "fast-check";
import { expect, test } from "vitest";
import { columnArray } from "../../src/ledger/postgres-arrays.ts";
import { atCentre } from "./centre.ts";
import { postgresPrograms, startPostgres } from "./postgres-server.ts";

/** Texts that PostgreSQL can hold: it refuses the character 0. */
const text = fc.string({ unit: "binary" }).filter((value) => !value.includes("\0"));

test.skipIf(postgresPrograms === undefined)("columns reach PostgreSQL as they are", async () => {
  await using server = await startPostgres();
  await atCentre(server.url, "public", async (client) => {
    const row = fc.tuple(
      fc.option(fc.maxSafeInteger()),
      fc.option(text),
      fc.option(fc.uint8Array({ maxLength: 300 })),
    );
    const property = fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const values = [
        columnArray(
          "bigint",
          rows.map(([number]) => number),
        ),
        columnArray(
          "text",
          rows.map(([, word]) => word),
        ),
        columnArray(
          "bytea",
          rows.map(([, , bytes]) => bytes),
        ),
      ];
      const { rows: found } = await client.query(
        "SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[]) AS row (number, word, bytes)",
        values,
      );
      expect(
        found.map(({ number, word, bytes }) => [
          number === null ? null : Number(number),
          word,
          bytes && new Uint8Array(bytes),
        ]),
      ).toEqual(rows);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
