import { hash } from "node:crypto";

/** SHA-256 of bytes or UTF-8 text, 32 bytes. */
export function sha256(data: Uint8Array | string): Uint8Array {
  return hash("sha256", data, "buffer");
}

/** SHA-256 of bytes or UTF-8 text, 64 lower-case hexadecimal digits. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash("sha256", data, "hex");
}

/** A number in 0 up to but not including 1 that always is the same for the same text: the first 52 bits of its SHA-256. */
export function stableFraction(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 13), 16) / 2 ** 52;
}
