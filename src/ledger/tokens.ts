import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { PageTokenSchema, WatchCursorSchema } from "#gen/pointsman/storage/v1/token_pb.ts";
import { type RecordFilter, RecordFilterSchema } from "#gen/pointsman/v1/record_pb.ts";
import { sha256 } from "../lib/digest.ts";
import { LedgerError } from "./errors.ts";
import type { Scope } from "./ledger.ts";

const VERSION = 1;

/** A cursor may hold so many bytes before it is encoded; clients are promised 16 KiB after. */
const MOST_BYTES = 12_288;

/** Where a page ended. */
export interface PagePosition {
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly decisionId: string;
}

/** How far each writer was delivered. */
export type Positions = Map<string, number>;

/** What binds a token to its query: the filter and what the caller may see. */
export function queryDigest(filter: RecordFilter | undefined, scope: Scope): Uint8Array {
  const what = toBinary(RecordFilterSchema, filter ?? create(RecordFilterSchema));
  const who = scope.tenants === "all" ? "*" : JSON.stringify([...scope.tenants].sort());
  return sha256(Buffer.concat([what, Buffer.from(`\0${who}`)])).subarray(0, 16);
}

/** Makes a page token. */
export function writePageToken(position: PagePosition, digest: Uint8Array): string {
  const seconds = Math.floor(position.time / 1_000_000);
  const createTime = { seconds: BigInt(seconds), nanos: (position.time - seconds * 1_000_000) * 1000 };
  const token = create(PageTokenSchema, {
    version: VERSION,
    queryDigest: digest,
    createTime,
    id: position.decisionId,
  });
  return encode(toBinary(PageTokenSchema, token));
}

/** Reads a page token. @throws LedgerError `invalid_cursor`. */
export function readPageToken(text: string, digest: Uint8Array): PagePosition {
  const token = decode(text, (bytes) => fromBinary(PageTokenSchema, bytes));
  checkToken(token, digest);
  const { seconds, nanos } = token.createTime ?? { seconds: 0n, nanos: 0 };
  return { time: Number(seconds) * 1_000_000 + Math.floor(nanos / 1000), decisionId: token.id };
}

/** Makes a watch cursor. */
export function writeCursor(positions: Positions, digest: Uint8Array): string {
  const cursor = create(WatchCursorSchema, {
    version: VERSION,
    queryDigest: digest,
    positions: Array.from(positions, ([writerId, sequence]) => ({ writerId, sequence: BigInt(sequence) })),
  });
  return encode(toBinary(WatchCursorSchema, cursor));
}

/** Reads a watch cursor. @throws LedgerError `invalid_cursor`. */
export function readCursor(text: string, digest: Uint8Array): Positions {
  const cursor = decode(text, (bytes) => fromBinary(WatchCursorSchema, bytes));
  checkToken(cursor, digest);
  return new Map(cursor.positions.map((position) => [position.writerId, Number(position.sequence)]));
}

function checkToken(token: { version: number; queryDigest: Uint8Array }, digest: Uint8Array): void {
  if (token.version !== VERSION) throw invalid("it was made by another version of the service");
  if (!Buffer.from(token.queryDigest).equals(digest))
    throw invalid("it was made for another query or caller");
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function decode<T>(text: string, parse: (bytes: Uint8Array) => T): T {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length === 0 || bytes.length > MOST_BYTES) throw invalid("it was not made by this service");
  try {
    return parse(bytes);
  } catch (cause) {
    throw invalid("it was not made by this service", cause);
  }
}

function invalid(why: string, cause?: unknown): LedgerError {
  return new LedgerError("invalid_cursor", `The cursor cannot be used: ${why}.`, { cause });
}
