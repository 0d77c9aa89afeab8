import { toBinary } from "@bufbuild/protobuf";
import { type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { sha256Hex } from "../lib/digest.ts";

/** The targets of one configuration: frozen, sorted by id, and named by their content. */
export interface Catalogue {
  readonly targets: readonly Target[];
  readonly byId: ReadonlyMap<string, Target>;
  /** SHA-256 over all targets, 64 hexadecimal digits. */
  readonly revision: string;
}

/** Makes a catalogue; the order in which targets are given does not matter. */
export function createCatalogue(targets: Iterable<Target>): Catalogue {
  const sorted = [...targets].sort((left, right) => (left.id < right.id ? -1 : 1));
  const bytes = Buffer.concat(
    sorted.map((target) => {
      const encoded = toBinary(TargetSchema, target);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(encoded.length);
      return Buffer.concat([length, encoded]);
    }),
  );
  return Object.freeze({
    targets: Object.freeze(sorted),
    byId: new Map(sorted.map((target) => [target.id, target])),
    revision: sha256Hex(bytes),
  });
}
