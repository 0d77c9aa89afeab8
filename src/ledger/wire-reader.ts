/**
 * Reads the fields of one protobuf message one after another, without making anything of those that nobody asks for.
 * After `next` exactly one of the reading methods takes the field's value. Every field is expected once, as our encoder
 * writes them; where one stands twice, whoever reads decides.
 */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #type = 0;
  /** The number of the field at hand. */
  field = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = start;
    this.#end = end;
  }

  /** Goes to the next field; false behind the last one. @throws RangeError where the bytes are no message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    this.#type = tag & 7;
    return true;
  }

  /** A whole number of a type with at most 32 bits, without sign; also a bool, as 0 or 1, and an enum. */
  uint32(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  /** An int32; negative ones stand in ten bytes. */
  int32(): number {
    this.#expect(VARINT);
    return this.#varint() | 0;
  }

  /** An int64 as a number: exact up to 2^53. */
  int64(): number {
    this.#expect(VARINT);
    const low = this.#varint();
    return this.#high * 0x1_0000_0000 + low;
  }

  text(): string {
    const end = this.#open();
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end;
    return text;
  }

  /** A view of a bytes field. */
  bytes(): Uint8Array {
    const end = this.#open();
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** A reader of a message within. */
  message(): WireReader {
    const end = this.#open();
    const reader = new WireReader(this.#bytes, this.#at, end);
    this.#at = end;
    return reader;
  }

  /** Leaves the field at hand out. */
  skip(): void {
    if (this.#type === VARINT) this.#varint();
    else if (this.#type === LENGTH_DELIMITED) this.#at = this.#open();
    else if (this.#type === FIXED64) this.#at += 8;
    else if (this.#type === FIXED32) this.#at += 4;
    else throw new RangeError("the message is not well-formed");
    if (this.#at > this.#end) throw new RangeError("the message is not well-formed");
  }

  #expect(type: number): void {
    if (this.#type !== type) throw new RangeError("a field has another type than it should");
  }

  /** Behind the length of a field; answers where it ends. */
  #open(): number {
    this.#expect(LENGTH_DELIMITED);
    const size = this.#varint();
    const end = this.#at + size;
    if (end > this.#end) throw new RangeError("the message ends within a field");
    return end;
  }

  /** The upper half of the last varint, with its sign. */
  #high = 0;

  /** Reads a varint and answers its lower 32 bits. */
  #varint(): number {
    const bytes = this.#bytes;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw new RangeError("the message ends within a number");
      const byte = bytes[this.#at++] ?? 0;
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 15) << 28;
        high = (byte & 127) >> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte < 128) {
        this.#high = high;
        return low >>> 0;
      }
    }
    throw new RangeError("a number is too long");
  }
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
