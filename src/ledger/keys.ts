import { readFileSync } from "node:fs";
import type { LedgerSettings } from "./config.ts";
import { LedgerError } from "./errors.ts";
import type { SigningOptions } from "./head-signing.ts";
import { createSignatureChecker, createSigner } from "./signing.ts";

/** The keys of a ledger, read and checked once, before anything is opened. */
export interface LedgerKeys {
  readonly sign: SigningOptions | undefined;
  /** PEM texts of all keys whose signatures are trusted. */
  readonly trusted: readonly string[];
}

/** Reads the keys that the settings name. @throws LedgerError `invalid_settings`. */
export function readKeys({ sign }: LedgerSettings): LedgerKeys {
  if (!sign) return { sign: undefined, trusted: [] };
  const pem = sign.key ?? readPem(sign.key_file ?? "");
  const trusted = [pem, ...sign.trusted_key_files.map(readPem)];
  createSigner(pem);
  createSignatureChecker(trusted);
  return { sign: { pem, everyEntries: sign.every_entries, everySeconds: sign.every_seconds }, trusted };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new LedgerError("invalid_settings", `The key file ${file} cannot be read.`, { cause });
  }
}
