import type { DescMethod } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { EngineError } from "../engine/errors.ts";

const MAX_TURNS = 1_000;

/**
 * Refuses a request of more turns than the contract allows before it is parsed: a few megabytes can hold a million empty
 * turns, and making objects of them would stop the service for seconds.
 * @throws EngineError INVALID_REQUEST
 */
export function countTurns(method: DescMethod, bytes: Uint8Array): void {
  // Two bytes a turn are the least, so that most requests need no look at all.
  if (bytes.length < MAX_TURNS * 2) return;
  const inputField = method.input.fields.find(({ name }) => name === "input")?.number;
  if (inputField === undefined) return;
  for (const input of fieldsOf(bytes, inputField)) {
    let turns = 0;
    for (const _turn of fieldsOf(input, 1)) {
      if (++turns <= MAX_TURNS) continue;
      const description = `has more than ${MAX_TURNS} turns`;
      throw new EngineError(ErrorReason.INVALID_REQUEST, `input.turns: ${description}`, {
        fields: [{ field: "input.turns", description }],
      });
    }
  }
}

/** The bytes of every occurrence of a length-delimited field. Stops where the bytes are malformed: parsing will say so. */
function* fieldsOf(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (number === wanted && wireType === WireType.LengthDelimited) yield reader.bytes();
      else reader.skip(wireType, number);
    }
  } catch {
    return;
  }
}
