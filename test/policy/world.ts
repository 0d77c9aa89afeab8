import { create } from "@bufbuild/protobuf";
import { Capability, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { allEffectNames } from "../../src/policy/effects.ts";
import type { PolicyWorld } from "../../src/policy/world.ts";

/** A small world in which every effect can be carried out. */
export const world: PolicyWorld = {
  targets: [
    create(TargetSchema, {
      id: "large",
      tags: ["reasoning", "code"],
      capabilities: [Capability.TOOLS, Capability.IMAGES],
      region: "us",
      price: { input: 3, output: 15 },
    }),
    create(TargetSchema, {
      id: "small",
      tags: ["small"],
      region: "eu",
      noRetention: true,
      price: { input: 0.1, output: 0.4 },
    }),
    create(TargetSchema, { id: "docs", tags: ["docs"] }),
  ],
  collections: ["pointsman"],
  effects: allEffectNames,
  kinds: ["pii", "secrets", "email", "aws_access_key"],
};
