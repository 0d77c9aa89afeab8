import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/**
 * Reads the fields of one protobuf message one after another, without making anything of those that nobody asks for.
 * After `next` exactly one of the reading methods takes the field's value. Every field is expected once, as our encoder
 * writes them; where one stands twice, whoever reads decides.
 */
export class WireReader {
  readonly #reader: BinaryReader;
  #type: WireType = WireType.Varint;
  /** The number of the field at hand. */
  field = 0;

  constructor(bytes: Uint8Array) {
    this.#reader = new BinaryReader(bytes);
  }

  /** Goes to the next field; false behind the last one. @throws where the bytes are no message. */
  next(): boolean {
    if (this.#reader.pos >= this.#reader.len) return false;
    const [field, type] = this.#reader.tag();
    this.field = field;
    this.#type = type;
    return true;
  }

  /** A whole number of a type with at most 32 bits, without sign; also a bool, as 0 or 1, and an enum. */
  uint32(): number {
    this.#expect(WireType.Varint);
    return this.#reader.uint32();
  }

  int32(): number {
    this.#expect(WireType.Varint);
    return this.#reader.int32();
  }

  /** An int64 as a number: exact up to 2^53. */
  int64(): number {
    this.#expect(WireType.Varint);
    return Number(this.#reader.int64());
  }

  text(): string {
    this.#expect(WireType.LengthDelimited);
    return this.#reader.string();
  }

  /** A view of a bytes field. */
  bytes(): Uint8Array {
    this.#expect(WireType.LengthDelimited);
    return this.#reader.bytes();
  }

  /** A reader of a message within. */
  message(): WireReader {
    return new WireReader(this.bytes());
  }

  /** Leaves the field at hand out. */
  skip(): void {
    this.#reader.skip(this.#type, this.field);
  }

  #expect(type: WireType): void {
    if (this.#type !== type) throw new RangeError("a field has another type than it should");
  }
}
