import type { LedgerDatabase, SqlValue } from "./database.ts";
import type { Signature, SignatureChecker, Signer } from "./signing.ts";

/** Where retention cut a chain off: what stands for the entries that were dropped. */
export interface Cut {
  readonly writerId: string;
  /** The last entry that was dropped. */
  readonly sequence: number;
  /** Its digest, which the first kept entry names. */
  readonly digest: Uint8Array;
  /** Its time, microseconds since the epoch. */
  readonly time: number;
  /** Entries that were dropped in all. */
  readonly entryCount: number;
  /** When it was cut, as an ISO 8601 text. */
  readonly cutTime: string;
  /** If not set, nobody signed it. */
  readonly signature: Signature | undefined;
}

/** The cut of a chain; undefined where nothing was dropped. */
export async function readCut(
  database: Pick<LedgerDatabase, "all">,
  writer: number,
  writerId: string,
): Promise<Cut | undefined> {
  // All columns, because a folder of before cuts were signed lacks some.
  const row = (await database.all("SELECT * FROM cuts WHERE writer = ?", [writer]))[0];
  if (!row) return undefined;
  const text = (name: string): string => String(row[name] ?? "");
  const signature = { keyId: text("key_id"), publicKey: text("public_key"), signature: text("signature") };
  return {
    writerId,
    sequence: Number(row.sequence),
    digest: row.digest as Uint8Array,
    time: Number(row.time),
    entryCount: Number(row.entry_count ?? 0) || Number(row.sequence),
    cutTime: text("cut_time"),
    signature: signature.signature === "" ? undefined : signature,
  };
}

/** The cut with its signature, where there is a signer. */
export function signCut(cut: Omit<Cut, "signature">, signer: Signer | undefined): Cut {
  return { ...cut, signature: signer?.sign(cutBytes(cut)) };
}

/** The columns of table `cuts` and a cut's values for them. */
export const CUT_COLUMNS = [
  "writer",
  "sequence",
  "time",
  "digest",
  "entry_count",
  "cut_time",
  "key_id",
  "public_key",
  "signature",
] as const;

/** @param writer the writer's number in the tables. */
export function cutValues(writer: number, cut: Cut): SqlValue[] {
  const { keyId = "", publicKey = "", signature = "" } = cut.signature ?? {};
  const { sequence, time, digest, entryCount, cutTime } = cut;
  return [writer, sequence, time, digest, entryCount, cutTime, keyId, publicKey, signature];
}

/**
 * What is wrong with a cut. A signature has to hold; where keys are trusted there has to be one; otherwise an entry of
 * a chain has to say that retention dropped what is missing.
 * @param announced whether an entry says so.
 */
export function cutProblem(cut: Cut, checker: SignatureChecker, announced: boolean): string | undefined {
  const missing = `entries up to ${cut.sequence} are missing`;
  if (!cut.signature) {
    if (!checker.trustsAny) return `${missing}, and the checkpoint that stands for them is not signed`;
    return announced ? undefined : `${missing}, and no entry says that retention dropped them`;
  }
  const result = checker.check(cutBytes(cut), cut.signature);
  if (result === "invalid") return `${missing}, and the signature of the checkpoint for them does not hold`;
  if (result === "untrusted" && !checker.trustsAny)
    return `${missing}, and the checkpoint for them is signed by the key ${cut.signature.keyId}, which is not trusted`;
  if (cut.entryCount !== cut.sequence)
    return `${missing}, but the checkpoint stands for ${cut.entryCount} entries only`;
  return undefined;
}

/** Names a cut as the entries do that announce it. */
export function cutName({
  writerId,
  sequence,
  digest,
}: Pick<Cut, "writerId" | "sequence" | "digest">): string {
  return `${writerId} ${sequence} ${Buffer.from(digest).toString("hex")}`;
}

/** The bytes that the signature of a cut covers. */
function cutBytes({
  writerId,
  sequence,
  digest,
  time,
  entryCount,
  cutTime,
}: Omit<Cut, "signature">): Uint8Array {
  const lines = [
    "pointsman ledger checkpoint 1",
    writerId,
    String(sequence),
    Buffer.from(digest).toString("hex"),
    String(time),
    String(entryCount),
    cutTime,
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "utf8");
}
