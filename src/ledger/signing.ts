import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { sha256Hex } from "../lib/digest.ts";
import { LedgerError } from "./errors.ts";

/** What a signature is about: where a chain stood. */
export interface SignedHead {
  readonly writerId: string;
  readonly sequence: number;
  readonly digest: Uint8Array;
  /** When it was signed, as an ISO 8601 text. */
  readonly time: string;
}

/** A signature as it stands in notices, in files of heads and in manifests. */
export interface Signature {
  /** The first 16 hexadecimal digits of the SHA-256 of the public key. */
  readonly keyId: string;
  /** The public key, SubjectPublicKeyInfo in base64. */
  readonly publicKey: string;
  /** The Ed25519 signature in base64. */
  readonly signature: string;
}

/** Signs with one key. */
export interface Signer {
  readonly keyId: string;
  sign(bytes: Uint8Array): Signature;
}

/** Whether a signature holds. `untrusted`: it holds, but by a key that nobody said to trust. */
export type SignatureCheck = "valid" | "invalid" | "untrusted";

/** Makes a signer of a PEM text. @throws LedgerError `invalid_settings` where it is no Ed25519 private key. */
export function createSigner(pem: string): Signer {
  const key = parseKey(() => createPrivateKey(pem));
  const publicKey = exportPublic(createPublicKey(key));
  const keyId = keyIdOf(publicKey);
  return {
    keyId,
    sign: (bytes) => ({
      keyId,
      publicKey: publicKey.toString("base64"),
      signature: sign(null, bytes, key).toString("base64"),
    }),
  };
}

/** Checks signatures. Without trusted keys a signature can only be checked against the key that it names itself. */
export interface SignatureChecker {
  check(bytes: Uint8Array, signature: Signature): SignatureCheck;
  /** Whether no key was said to be trusted, so that any may sign. */
  readonly trustsAny: boolean;
}

/** Makes a checker. @param trusted PEM texts of public or private keys. @throws LedgerError `invalid_settings`. */
export function createSignatureChecker(trusted: readonly string[]): SignatureChecker {
  const keys = new Map<string, KeyObject>();
  for (const pem of trusted) {
    const key = parseKey(() => createPublicKey(pem));
    keys.set(keyIdOf(exportPublic(key)), key);
  }
  return {
    trustsAny: keys.size === 0,
    check(bytes, { keyId, publicKey, signature }) {
      try {
        const known = keys.get(keyId);
        const der = Buffer.from(publicKey, "base64");
        const key = known ?? createPublicKey({ key: der, format: "der", type: "spki" });
        if (!known && keyIdOf(der) !== keyId) return "invalid";
        if (!verify(null, bytes, key, Buffer.from(signature, "base64"))) return "invalid";
        return known ? "valid" : "untrusted";
      } catch {
        return "invalid";
      }
    },
  };
}

/** The bytes that the signature of a head covers. */
export function headBytes({ writerId, sequence, digest, time }: SignedHead): Uint8Array {
  const lines = [
    "pointsman ledger head 1",
    writerId,
    String(sequence),
    Buffer.from(digest).toString("hex"),
    time,
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "utf8");
}

/** A signed head as the details of a notice. */
export function headDetails(head: SignedHead, signature: Signature): Record<string, string> {
  return {
    sequence: String(head.sequence),
    digest: Buffer.from(head.digest).toString("hex"),
    time: head.time,
    key_id: signature.keyId,
    public_key: signature.publicKey,
    signature: signature.signature,
  };
}

/** Reads a signed head out of the details of a notice. */
export function readHeadDetails(
  writerId: string,
  details: Readonly<Record<string, string>>,
): { head: SignedHead; signature: Signature } {
  const { sequence = "", digest = "", time = "", key_id = "", public_key = "", signature = "" } = details;
  return {
    head: { writerId, sequence: Number(sequence), digest: Buffer.from(digest, "hex"), time },
    signature: { keyId: key_id, publicKey: public_key, signature },
  };
}

function exportPublic(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" });
}

function keyIdOf(publicKey: Uint8Array): string {
  return sha256Hex(publicKey).slice(0, 16);
}

function parseKey(parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw new LedgerError("invalid_settings", "The key for signing is not a key in PEM.", { cause });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new LedgerError(
    "invalid_settings",
    `The key for signing is ${key.asymmetricKeyType}; it must be Ed25519.`,
  );
}
