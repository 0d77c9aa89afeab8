import { fromBinary } from "@bufbuild/protobuf";
import { type Entry, EntrySchema, Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import { entryDigest, GENESIS_DIGEST } from "./chain.ts";
import { cutName } from "./cuts.ts";
import type { Row } from "./database.ts";
import { micros } from "./projection.ts";
import { headBytes, readHeadDetails, type SignatureChecker } from "./signing.ts";

/** An entry as it is stored anywhere: in SQLite, in PostgreSQL or in an export. */
export interface StoredEntry {
  readonly sequence: number;
  /** The column `time`, microseconds since the epoch. */
  readonly time: number;
  readonly payload: Uint8Array;
  readonly digest: Uint8Array;
}

/** Where a chain is known to start or to have reached. */
export interface KnownHead {
  readonly sequence: number;
  readonly digest: Uint8Array;
}

/** Walks one chain, entry by entry. */
export interface ChainWalk {
  /** What is wrong with the next entry; undefined where it holds. */
  step(entry: StoredEntry): string | undefined;
  /** What is wrong with the end, if this head was known to exist. */
  reaches(known: { sequence: number; digest: Uint8Array | undefined }): string | undefined;
  /** The last entry that held. */
  readonly head: KnownHead;
  /** Signatures that hold. */
  readonly signatures: number;
  /** The names of the cuts that entries of this chain announce; see `cutName`. */
  readonly cuts: readonly string[];
}

/** Digests of earlier entries that are remembered, so that signatures of heads can be compared with them. */
const REMEMBERED = 100_000;

/** Begins a walk. @param start the last entry that retention dropped, or nothing. */
export function walkChain(
  writerId: string,
  checker: SignatureChecker,
  start: KnownHead | undefined,
): ChainWalk {
  let head: KnownHead = start ?? { sequence: 0, digest: GENESIS_DIGEST };
  let signatures = 0;
  const cuts: string[] = [];
  const digests = new Map<number, Uint8Array>([[head.sequence, head.digest]]);

  const checkSignature = (details: Readonly<Record<string, string>>): string | undefined => {
    const signed = readHeadDetails(writerId, details);
    const result = checker.check(headBytes(signed.head), signed.signature);
    if (result === "invalid") return "the signature in it does not hold";
    if (result === "untrusted" && !checker.trustsAny)
      return `it is signed by the key ${signed.signature.keyId}, which is not trusted`;
    const known = digests.get(signed.head.sequence);
    if (known && !same(known, signed.head.digest)) return "it signs another head than the chain had";
    signatures += 1;
    return undefined;
  };

  return {
    cuts,
    get head() {
      return head;
    },
    get signatures() {
      return signatures;
    },
    step(entry) {
      const expected = head.sequence + 1;
      if (entry.sequence !== expected) {
        const missing = `entry ${expected} is missing; ${entry.sequence} follows`;
        return head.sequence === 0 ? `${missing}, and no checkpoint stands for the beginning` : missing;
      }
      const digest = entryDigest(head.digest, entry.payload);
      if (!same(digest, entry.digest)) return "its bytes do not give its digest after the entry before";
      const message = fromBinary(EntrySchema, entry.payload);
      const problem = checkFields(writerId, entry, message, head);
      if (problem) return problem;
      const { event } = message;
      if (event.case === "notice" && event.value.kind === Notice_Kind.SIGNED) {
        const broken = checkSignature(event.value.details);
        if (broken) return broken;
      }
      if (event.case === "notice" && event.value.kind === Notice_Kind.PRUNED) {
        const { writer_id = "", sequence = "", digest: cutDigest = "" } = event.value.details;
        cuts.push(
          cutName({ writerId: writer_id, sequence: Number(sequence), digest: Buffer.from(cutDigest, "hex") }),
        );
      }
      head = { sequence: entry.sequence, digest };
      digests.set(entry.sequence, digest);
      if (digests.size > REMEMBERED) digests.delete(entry.sequence - REMEMBERED);
      return undefined;
    },
    reaches(known) {
      if (known.sequence > head.sequence) {
        return `the chain ends at ${head.sequence}, but it is known to have reached ${known.sequence}`;
      }
      const digest = digests.get(known.sequence);
      if (digest && known.digest && !same(digest, known.digest))
        return `entry ${known.sequence} is not the one that was known`;
      return undefined;
    },
  };
}

/** The entry in a row of any engine. */
export function storedEntry(row: Row): StoredEntry {
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    payload: row.payload as Uint8Array,
    digest: row.digest as Uint8Array,
  };
}

/** Whether what stands in the entry is what stands beside it. */
function checkFields(
  writerId: string,
  stored: StoredEntry,
  entry: Entry,
  before: KnownHead,
): string | undefined {
  if (entry.writerId !== writerId) return `it was written by ${entry.writerId}`;
  if (Number(entry.sequence) !== stored.sequence) return `it says to be number ${entry.sequence}`;
  if (micros(entry.createTime) !== stored.time) return "its time is not the time it is filed under";
  if (!same(entry.previousDigest, before.digest)) return "it does not name the digest of the entry before";
  return undefined;
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
