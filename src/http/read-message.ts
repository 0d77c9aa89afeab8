import { Code as ConnectCode, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { Code } from "../rpc/code.ts";
import { tooLarge } from "../rpc/too-large.ts";
import { invalidRequest, unservedRequest } from "./connect-error.ts";
import type { RequestFormat } from "./request-format.ts";

const ENVELOPE_BYTES = 5;
const COMPRESSED = 1;

/**
 * Reads the one message of a request, decompressed.
 * @throws EngineError or WireFailure INVALID_REQUEST where it is larger than `most` bytes, or not framed as its format wants.
 */
export async function readMessage(
  body: AsyncIterable<Uint8Array>,
  format: RequestFormat,
  compression: Compression | undefined,
  most: number,
): Promise<Buffer> {
  const isEnveloped = format.protocol !== "unary";
  const received = await readAll(body, most + (isEnveloped ? ENVELOPE_BYTES : 0), most);
  if (!isEnveloped) return decompress(received, compression, most);
  const message = received.subarray(ENVELOPE_BYTES);
  // The protocols want this code for what is not one message.
  if (received.length === 0) throw unservedRequest("The request has no message.", Code.UNIMPLEMENTED);
  if (received.length < ENVELOPE_BYTES || message.length < received.readUInt32BE(1))
    throw invalidRequest("The request ends within its message.");
  if (message.length > received.readUInt32BE(1))
    throw unservedRequest("The request has more than one message.", Code.UNIMPLEMENTED);
  if ((received[0]! & COMPRESSED) === 0) return message;
  if (!compression)
    throw unservedRequest("The message is compressed, and no header says how.", Code.INTERNAL);
  return decompress(message, compression, most);
}

async function readAll(body: AsyncIterable<Uint8Array>, most: number, said: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.byteLength;
    if (length > most) throw tooLarge(said);
    pieces.push(piece);
  }
  const [first] = pieces;
  if (first && pieces.length === 1) return Buffer.from(first.buffer, first.byteOffset, first.byteLength);
  return Buffer.concat(pieces, length);
}

async function decompress(
  bytes: Buffer,
  compression: Compression | undefined,
  most: number,
): Promise<Buffer> {
  if (!compression || bytes.length === 0) return bytes;
  try {
    const plain = await compression.decompress(bytes, most);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch (error) {
    if (error instanceof ConnectError && error.code === ConnectCode.ResourceExhausted) throw tooLarge(most);
    throw invalidRequest(`The request is not ${compression.name}.`);
  }
}
