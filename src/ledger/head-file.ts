import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  headBytes,
  headDetails,
  readHeadDetails,
  type Signature,
  type SignatureChecker,
  type SignedHead,
} from "./signing.ts";
import type { ExpectedHead } from "./verify-ledger.ts";

/**
 * The file of signed heads stands beside the database, so that whoever cuts off the end of a chain has to change both.
 * Copy it elsewhere, or publish it, and even that does not help.
 */
const NAME = "signed-heads.jsonl";

/** Adds a signed head. */
export function appendHead(folder: string, head: SignedHead, signature: Signature): void {
  const line = JSON.stringify({ writer_id: head.writerId, ...headDetails(head, signature) });
  appendFileSync(join(folder, NAME), `${line}\n`, { flush: true });
}

/** The heads whose signature holds; by a key that nobody said to trust only where no key is trusted at all. */
export function readHeadFile(folder: string, checker: SignatureChecker): ExpectedHead[] {
  const file = join(folder, NAME);
  return existsSync(file) ? readHeads(file, checker) : [];
}

/** The heads in a file, such as a copy of a folder's that was kept elsewhere. @throws Error where it cannot be read. */
export function readHeads(file: string, checker: SignatureChecker): ExpectedHead[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => readHead(line, checker) ?? []);
}

function readHead(line: string, checker: SignatureChecker): ExpectedHead | undefined {
  try {
    const { writer_id, ...details } = JSON.parse(line) as Record<string, string>;
    const { head, signature } = readHeadDetails(writer_id ?? "", details);
    const result = checker.check(headBytes(head), signature);
    return result === "valid" || (result === "untrusted" && checker.trustsAny) ? head : undefined;
  } catch {
    // A line that a crash cut short.
    return undefined;
  }
}
