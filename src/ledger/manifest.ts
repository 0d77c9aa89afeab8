import { z } from "zod";
import { LedgerError } from "./errors.ts";
import type { Signature, SignatureChecker, Signer } from "./signing.ts";

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const headSchema = z.strictObject({ writer_id: z.string(), sequence: z.number().int().min(0), digest: hex });
const signatureSchema = z.strictObject({ keyId: z.string(), publicKey: z.string(), signature: z.string() });

/** Where retention cut a chain off: the last entry that was dropped, and who signed for it. */
const startSchema = headSchema.extend({
  /** Of the last entry that was dropped, microseconds since the epoch. */
  time: z.number().int().optional(),
  entry_count: z.number().int().optional(),
  cut_time: z.string().optional(),
  signature: signatureSchema.optional(),
});

/** What an export holds. `starts` are the entries before the first ones, `heads` the last ones, of each chain. */
export const manifestSchema = z.strictObject({
  format: z.literal("pointsman ledger export 1"),
  create_time: z.string(),
  entry_count: z.number().int().min(0),
  files: z.array(
    z.strictObject({ name: z.string().regex(/^[a-z0-9.-]+$/), sha256: hex, bytes: z.number().int() }),
  ),
  starts: z.array(startSchema),
  heads: z.array(headSchema),
});

/** What an export holds. */
export type Manifest = z.output<typeof manifestSchema>;

const signedSchema = z.strictObject({
  manifest: manifestSchema,
  signature: signatureSchema.optional(),
});

/** The text of a manifest with its signature, where there is a signer. */
export function writeManifest(manifest: Manifest, signer: Signer | undefined): string {
  const signature = signer?.sign(manifestBytes(manifest));
  return `${JSON.stringify({ manifest, ...(signature && { signature }) }, undefined, 2)}\n`;
}

/** Reads a manifest and says what is wrong with its signature. @throws LedgerError `unavailable` where it is none. */
export function readManifest(
  text: string,
  checker: SignatureChecker,
): { manifest: Manifest; signed: boolean; problem: string | undefined } {
  const parsed = signedSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new LedgerError("unavailable", "The manifest of the export is not one.");
  const { manifest, signature } = parsed.data;
  return {
    manifest,
    signed: signature !== undefined,
    problem: signatureProblem(manifest, signature, checker),
  };
}

function signatureProblem(
  manifest: Manifest,
  signature: Signature | undefined,
  checker: SignatureChecker,
): string | undefined {
  if (!signature) return checker.trustsAny ? undefined : "the manifest is not signed";
  const result = checker.check(manifestBytes(manifest), signature);
  if (result === "invalid") return "the signature of the manifest does not hold";
  if (result === "untrusted" && !checker.trustsAny)
    return "the manifest is signed by a key that is not trusted";
  return undefined;
}

function manifestBytes(manifest: Manifest): Uint8Array {
  return Buffer.from(JSON.stringify(manifestSchema.parse(manifest)), "utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
