import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DecidedSchema, EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import { entryDigest, GENESIS_DIGEST, type SealedEntry, sealEntries, sealEntry } from "./chain.ts";
import { nestedBytes, varintSize, wireFields, writeVarint } from "./wire.ts";

test("writes numbers as protobuf does, up to 2^53", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(varintSize(value));
      expect(writeVarint(bytes, 0, value)).toBe(bytes.length);
      const entry = fromBinary(EntrySchema, Uint8Array.of(2 * 8, ...bytes));
      expect(entry.sequence).toBe(BigInt(value));
    }),
  );
});

test("seals entries that protobuf reads back, field by field", () => {
  const bodies = fc.record({ decisionId: fc.string(), tenant: fc.string(), contentId: fc.string() });
  fc.assert(
    fc.property(
      bodies,
      fc.nat(),
      fc.maxSafeNat(),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      (body, sequence, time, previous) => {
        const timeMs = time % 4_000_000_000_000;
        const value = create(DecidedSchema, { contentId: body.contentId });
        const { decisionId, tenant } = body;
        const bytes = toBinary(
          EntrySchema,
          create(EntrySchema, { decisionId, tenant, event: { case: "decided", value } }),
        );
        const sealed = sealEntry(Buffer.from("writer"), sequence, timeMs, bytes, previous);
        const entry = fromBinary(EntrySchema, sealed.payload);
        expect(entry).toMatchObject({ writerId: "writer", sequence: BigInt(sequence), decisionId, tenant });
        expect(Number(entry.createTime?.seconds) * 1000 + (entry.createTime?.nanos ?? 0) / 1e6).toBe(timeMs);
        expect(Buffer.from(entry.previousDigest)).toEqual(Buffer.from(previous));
        expect(entry.event.case === "decided" && entry.event.value.contentId).toBe(body.contentId);
        expect(Buffer.from(sealed.digest)).toEqual(Buffer.from(entryDigest(previous, sealed.payload)));
      },
    ),
  );
});

test("seals many entries as it seals each alone, and time never runs backwards", () => {
  const parts = fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(5_000)), { maxLength: 20 });
  fc.assert(
    fc.property(parts, fc.maxSafeNat(), (entries, before) => {
      const id = Buffer.from("writer");
      const start = { sequence: before % 2 ** 52, digest: GENESIS_DIGEST, timeMs: 2_000 };
      const ends: number[] = [];
      for (const [body] of entries) ends.push((ends.at(-1) ?? 0) + body.length);
      const bodies = Buffer.concat(entries.map(([body]) => body));
      const found: SealedEntry[] = [];
      const end = sealEntries(id, start, { bodies, ends, times: entries.map(([, time]) => time) }, (...one) =>
        found.push(one[2]),
      );
      let { sequence, digest, timeMs } = start;
      const wanted = entries.map(([body, time]) => {
        sequence += 1;
        timeMs = Math.max(time, timeMs);
        const sealed = sealEntry(id, sequence, timeMs, body, digest);
        digest = sealed.digest;
        return sealed;
      });
      const hex = ({ payload, digest: own }: SealedEntry): string[] =>
        [payload, own].map((bytes) => Buffer.from(bytes).toString("hex"));
      expect(found.map(hex)).toEqual(wanted.map(hex));
      expect(end).toEqual({ sequence, digest: Uint8Array.from(digest), timeMs });
    }),
  );
});

test("takes the very bytes of a message out of another", () => {
  const decision = { id: "d", facts: { labels: { z: "1", a: "2", "10": "3" } } };
  const value = create(DecidedSchema, { decision });
  const entry = toBinary(EntrySchema, create(EntrySchema, { event: { case: "decided", value } }));
  const found = nestedBytes(entry, [6, 1]);
  expect(Buffer.from(entry).includes(Buffer.from(found ?? []))).toBe(true);
  expect(nestedBytes(entry, [7, 1])).toBeUndefined();
});

test("never reads beyond the end, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        for (const { bytes: field } of wireFields(bytes))
          expect((field?.length ?? 0) <= bytes.length).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test("a changed byte anywhere changes the digest", () => {
  const sealed = sealEntry(Buffer.from("w"), 1, 1_000, Uint8Array.of(0x22, 1, 0x78), GENESIS_DIGEST);
  for (let at = 0; at < sealed.payload.length; at += 1) {
    const changed = Uint8Array.from(sealed.payload);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(Buffer.from(entryDigest(GENESIS_DIGEST, changed))).not.toEqual(Buffer.from(sealed.digest));
  }
});
