import { generateKeyPairSync } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type VerifyLedgerResponse, VerifyLedgerResponseSchema } from "#gen/pointsman/v1/audit_service_pb.ts";
import { centreHeads, shippedHeads } from "../../src/ledger/centre-heads.ts";
import type { LedgerSettingsInput } from "../../src/ledger/config.ts";
import { openPostgresLedger } from "../../src/ledger/postgres-database.ts";
import { createSignatureChecker } from "../../src/ledger/signing.ts";
import { verifyLedger } from "../../src/ledger/verify-ledger.ts";
import { verifyCentre } from "../../src/ledger/verify-offline.ts";
import { atCentre, shipped } from "./centre.ts";
import { decided } from "./entries.ts";
import { type TestFolder, testFolder } from "./open.ts";
import { type PostgresServer, postgresPrograms, startPostgres } from "./postgres-server.ts";
import { collect, verification } from "./read.ts";

const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const LAST = "(SELECT max(sequence) FROM entries WHERE writer = w.number)";

describe.skipIf(postgresPrograms === undefined)("tampering with the centre is found", () => {
  let server: PostgresServer;
  let mine: TestFolder;
  let other: TestFolder;
  let otherId = "";
  /** Up to where this machine knows that the centre has everything. */
  let position = 0;
  /** A copy of the other machine's signed heads, kept elsewhere. */
  let heads = "";
  const schema = "tampered";
  const settings = (name: string): LedgerSettingsInput => ({
    sign: { key, every_entries: 10 },
    postgres: { url: server.url, schema: name },
  });

  beforeAll(async () => {
    server = await startPostgres();
    mine = testFolder();
    other = testFolder();
    const ledgers = { mine: await mine.open(settings(schema)), other: await other.open(settings(schema)) };
    for (const one of [ledgers.mine, ledgers.other]) {
      for (let index = 0; index < 25; index += 1) await one.append(decided({ id: `d${index}` }));
      await shipped(one);
    }
    otherId = ledgers.other.state().writerId;
    position = ledgers.mine.state().forward?.position ?? 0;
    heads = join(mine.path, "heads-of-other.jsonl");
    copyFileSync(join(other.path, "ledger", "signed-heads.jsonl"), heads);
    // Nobody ships any more: a forwarder that lost its connection would send what is missing again.
    await ledgers.mine.close();
    await ledgers.other.close();
  });
  afterAll(async () => {
    await mine?.[Symbol.asyncDispose]();
    await other?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  /** Changes the centre in a way that is undone afterwards, and says what verifying finds. */
  const found = async (change: (client: Client) => Promise<unknown>, verify = here): Promise<string> => {
    return await atCentre(server.url, schema, async (client) => {
      await client.query(
        "CREATE TABLE kept AS SELECT * FROM entries; CREATE TABLE kept_writers AS SELECT * FROM writers",
      );
      try {
        await change(client);
        return await verify();
      } finally {
        await client.query(`DELETE FROM entries; INSERT INTO entries SELECT * FROM kept; DELETE FROM writers;
          INSERT INTO writers OVERRIDING SYSTEM VALUE SELECT * FROM kept_writers; DROP TABLE kept; DROP TABLE kept_writers`);
      }
    });
  };
  const place = () => ({ url: server.url, schema, partitionDays: 7 });
  /** What this machine finds, which knows its own chain. */
  const here = async (): Promise<string> => {
    const checker = createSignatureChecker([key]);
    const database = await openPostgresLedger(place());
    try {
      const known = [
        ...(await centreHeads(database)),
        ...shippedHeads(join(mine.path, "ledger"), position, checker),
      ];
      const batches = await collect(verifyLedger(database, checker, [], known));
      return breaksOf(batches.flat().map((bytes) => fromBinary(VerifyLedgerResponseSchema, bytes)));
    } finally {
      await database.close();
    }
  };
  /** What somebody finds who has the other machine's signed heads. */
  const elsewhere = async (): Promise<string> =>
    breaksOf(await collect(verifyCentre(place(), [key], [heads])));
  const breaksOf = (messages: readonly VerifyLedgerResponse[]): string =>
    messages
      .flatMap(({ event }) => (event.case === "break" ? [event.value] : []))
      .map(({ writerId, message }) => `${writerId === otherId ? "other" : "mine"}: ${message}`)
      .join("\n");
  const whose = (owner: "mine" | "other"): string => `w.id ${owner === "other" ? "=" : "<>"} '${otherId}'`;
  const dropLast = (owner: "mine" | "other", count: number) => (client: Client) =>
    client.query(
      `DELETE FROM entries e USING writers w WHERE e.writer = w.number AND ${whose(owner)} AND e.sequence > ${LAST} - ${count}`,
    );
  /** Whoever is thorough changes what the centre says of itself, too. */
  const coverUp = (client: Client) =>
    client.query(
      `UPDATE writers w SET last_sequence = coalesce(${LAST}, 0),
         last_digest = (SELECT digest FROM entries WHERE writer = w.number AND sequence = ${LAST})`,
    );

  test("nothing is found where nothing was changed", async () => {
    expect(await found(async () => undefined)).toBe("");
    expect(await found(async () => undefined, elsewhere)).toBe("");
  });

  test.each(["mine", "other"] as const)("the last rows of a chain are cut off: %s", async (owner) => {
    expect(await found(dropLast(owner, 1))).toMatch(`${owner}: the chain ends at`);
    expect(await found(dropLast(owner, 12))).toMatch(`${owner}: the chain ends at`);
  });

  test("all rows of a chain are gone", async () => {
    expect(await found(dropLast("other", 1_000))).toMatch(
      /other: the chain ends at 0, but it is known to have reached/,
    );
    expect(await found(dropLast("mine", 1_000))).toMatch(
      /mine: the chain ends at 0, but it is known to have reached/,
    );
  });

  test("the end of this machine's chain is cut off and covered up", async () => {
    const thorough = async (client: Client): Promise<void> => {
      await dropLast("mine", 3)(client);
      await coverUp(client);
    };
    expect(await found(thorough)).toMatch(/mine: the chain ends at/);
  });

  test("this machine's chain is gone, its name and all", async () => {
    const thorough = async (client: Client): Promise<void> => {
      await dropLast("mine", 1_000)(client);
      await client.query(`DELETE FROM writers w WHERE ${whose("mine")}`);
    };
    expect(await found(thorough)).toMatch(/the whole chain is missing/);
  });

  test("another machine's chain is cut off or gone, and covered up, which its signed heads tell", async () => {
    const shorter = async (client: Client): Promise<void> => {
      await dropLast("other", 12)(client);
      await coverUp(client);
    };
    const none = async (client: Client): Promise<void> => {
      await dropLast("other", 1_000)(client);
      await client.query(`DELETE FROM writers w WHERE ${whose("other")}`);
    };
    // Without them it is not found.
    expect(await found(shorter)).not.toMatch(/other/);
    expect(await found(shorter, elsewhere)).toMatch(/the chain ends at .* known to have reached/);
    expect(await found(none, elsewhere)).toMatch(/the whole chain is missing/);
  });

  test.each([
    [
      "a changed byte",
      "UPDATE entries SET payload = set_byte(payload, 60, (get_byte(payload, 60) + 1) % 256) WHERE sequence = 7",
      /its bytes do not give/,
    ],
    ["a deleted row", "DELETE FROM entries WHERE sequence = 7", /entry 7 is missing/],
    [
      "a row twice",
      "INSERT INTO entries SELECT writer, sequence, time + 1, decision_id, payload, digest FROM entries WHERE sequence = 7",
      /entry 8 is missing; 7 follows|its time is not/,
    ],
    [
      "an exchange",
      // By way of a third number: entries of the same millisecond would be in each other's way.
      [
        "UPDATE entries SET sequence = 1000 WHERE sequence = 7",
        "UPDATE entries SET sequence = 7 WHERE sequence = 8",
      ]
        .concat("UPDATE entries SET sequence = 8 WHERE sequence = 1000")
        .join("; "),
      /its bytes do not give/,
    ],
    ["a changed time", "UPDATE entries SET time = time + 1 WHERE sequence = 7", /its time is not/],
  ] as const)("%s", async (_, sql, wanted) => {
    expect(await found((client) => client.query(sql))).toMatch(wanted);
  });

  test("a running service finds that the end of its chain is cut off", async () => {
    await using folder = testFolder();
    const ledger = await folder.open(settings("running"));
    for (let index = 0; index < 15; index += 1) await ledger.append(decided({ id: `d${index}` }));
    await shipped(ledger);
    expect((await verification(ledger)).breaks).toEqual([]);
    await atCentre(server.url, "running", (client) =>
      client.query("DELETE FROM entries WHERE sequence > 12"),
    );
    const { breaks } = await verification(ledger);
    expect(breaks).toMatchObject([
      {
        sequence: 13n,
        message: expect.stringMatching(/the chain ends at 12, but it is known to have reached/),
      },
    ]);
  });
});
