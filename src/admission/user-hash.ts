import { createHmac } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";

/**
 * Puts a keyed hash in the place of a caller's user: the same for the same user of a tenant, and of no use without the key.
 * 128 bits. The same caller gives the same object.
 */
export function createUserHash(key: string): (caller: Caller) => Caller {
  const hidden = new WeakMap<Caller, Caller>();
  return (caller) => {
    if (caller.user === "") return caller;
    let known = hidden.get(caller);
    if (!known) {
      const text = `${caller.tenant.length}:${caller.tenant}${caller.user}`;
      const user = `u_${createHmac("sha256", key).update(text).digest("hex").slice(0, 32)}`;
      known = create(CallerSchema, { ...caller, user });
      hidden.set(caller, known);
    }
    return known;
  };
}
