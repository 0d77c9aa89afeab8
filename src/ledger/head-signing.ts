import { Notice_Kind } from "#gen/pointsman/v1/entry_pb.ts";
import type { EntryWriter } from "./entry-writer.ts";
import { appendHead } from "./head-file.ts";
import { noticeBody } from "./notices.ts";
import { createSigner, headBytes, headDetails } from "./signing.ts";

/** How the heads of a chain are signed. */
export interface SigningOptions {
  /** An Ed25519 private key. */
  readonly pem: string;
  readonly everyEntries: number;
  readonly everySeconds: number;
}

/** Signs the heads of one chain. */
export interface HeadSigning {
  /** Signs where enough entries or seconds have passed, and something was added. */
  signIfDue(): void;
  signNow(): void;
}

/** Makes the signing of a chain: each signature is an entry of the chain and a line in the file of signed heads. */
export function createHeadSigning(folder: string, writer: EntryWriter, options: SigningOptions): HeadSigning {
  const signer = createSigner(options.pem);
  let signedSequence = 0;
  let signedAt = performance.now();

  const signNow = (): void => {
    const { sequence, digest, timeMs } = writer.head;
    const signed = { writerId: writer.writerId, sequence, digest, time: new Date(timeMs).toISOString() };
    const signature = signer.sign(headBytes(signed));
    const body = noticeBody(Notice_Kind.SIGNED, `Signed entry ${sequence}.`, headDetails(signed, signature));
    writer.transact((append) => append.body(body, timeMs));
    appendHead(folder, signed, signature);
    signedSequence = writer.head.sequence;
    signedAt = performance.now();
  };

  return {
    signNow,
    signIfDue() {
      const added = writer.head.sequence - signedSequence;
      if (added === 0) return;
      const seconds = (performance.now() - signedAt) / 1000;
      if (added >= options.everyEntries || seconds >= options.everySeconds) signNow();
    },
  };
}
