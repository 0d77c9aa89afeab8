import type { DescField, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { EngineError } from "../engine/errors.ts";
import { MOST_VALUES, mostMembers, SMALL_BYTES, tooManyMembers, tooManyValues } from "./request-bounds.ts";

/**
 * Refuses a request whose lists are longer than the contract allows before it is parsed: a few megabytes can hold a million
 * empty turns, and making objects of them would stop the service for seconds. Malformed bytes pass: parsing will say so.
 * @throws EngineError INVALID_REQUEST
 */
export function countFields(method: DescMethod, bytes: Uint8Array): void {
  if (bytes.length < SMALL_BYTES) return;
  const reader = new BinaryReader(bytes);
  try {
    countMessage(method.input, reader, reader.len, "", { values: 0, levels: 0 });
  } catch (error) {
    if (error instanceof EngineError) throw error;
  }
}

/** Deeper than this, parsing refuses: it has the same limit. */
const MOST_LEVELS = 100;

/** What is counted over the whole request, and how deep the reader stands in it. */
interface Count {
  values: number;
  levels: number;
}

/** Counts the fields of a message that ends at `end`, and leaves the reader there. */
function countMessage(
  desc: DescMessage,
  reader: BinaryReader,
  end: number,
  path: string,
  count: Count,
): void {
  if (++count.levels > MOST_LEVELS) throw new RangeError("nested too deeply");
  const fields = fieldsOf(desc);
  let members: Map<number, number> | undefined;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (++count.values > MOST_VALUES) throw tooManyValues();
    const field = fields.get(number);
    let at = 0;
    if (field?.fieldKind === "list" || field?.fieldKind === "map") {
      members ??= new Map();
      at = members.get(number) ?? 0;
      if (at >= mostMembers(field)) throw tooManyMembers(join(path, field.name), mostMembers(field));
      members.set(number, at + 1);
    }
    if (!field?.message || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    const length = reader.uint32();
    const innerEnd = Math.min(reader.pos + length, end);
    const own = join(path, field.fieldKind === "list" ? `${field.name}[${at}]` : field.name);
    if (field.fieldKind === "map") countEntry(field.message, reader, innerEnd, own, count);
    else countMessage(field.message, reader, innerEnd, own, count);
  }
  count.levels--;
}

/** An entry of a map is a message of a key, 1, and a value, 2. */
function countEntry(desc: DescMessage, reader: BinaryReader, end: number, path: string, count: Count): void {
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number !== 2 || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    const length = reader.uint32();
    countMessage(desc, reader, Math.min(reader.pos + length, end), path, count);
  }
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(desc: DescMessage): ReadonlyMap<number, DescField> {
  let fields = FIELDS.get(desc);
  if (!fields) {
    fields = new Map(desc.fields.map((field) => [field.number, field]));
    FIELDS.set(desc, fields);
  }
  return fields;
}
