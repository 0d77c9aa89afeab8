import type { Target } from "#gen/pointsman/v1/target_pb.ts";

/** What of a target matters to the checks of a policy. */
export type WorldTarget = Pick<Target, "id" | "tags" | "capabilities" | "region" | "noRetention" | "price">;

/** What there is for a policy to speak of. A policy that speaks of anything else does not compile. */
export interface PolicyWorld {
  readonly targets: readonly WorldTarget[];
  /** Names of the collections that can be looked up. */
  readonly collections: readonly string[];
  /** Names of the effects that this build can carry out, such as "prefer". */
  readonly effects: ReadonlySet<string>;
  /** Kinds of private data and their groups, such as "email" and "pii". */
  readonly kinds: readonly string[];
}
