import { readFileSync } from "node:fs";
import type { DescMessage } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { RuleSchema } from "#gen/pointsman/v1/policy_pb.ts";
import { enumWord } from "../../src/lib/enums.ts";
import { loadPolicy } from "../../src/policy/compile-policy.ts";
import { factsFields, listFactsPaths } from "../../src/policy/facts-schema.ts";
import { parsePolicyCases } from "../../src/policy/policy-cases.ts";
import { world } from "./world.ts";

const guide = readFileSync(new URL("../../docs/policy.md", import.meta.url), "utf8");

describe("docs/policy.md", () => {
  it("names every variable in the table of variables", () => {
    const table = section("Variables");
    const missing = listFactsPaths().filter((path) => {
      // A group of fields is named by its fields.
      return factsFields.get(path)?.type.kind !== "message" && !table.includes(`\`${path}\``);
    });
    expect(missing).toEqual([]);
  });

  it("names every effect, with all of its fields and words, in the table of effects", () => {
    const rows = new Map(
      [...section("Effects").matchAll(/^\| `(\w+)` +\|(.*)$/gm)].map(([, name, rest]) => [name, rest!]),
    );
    const missing = RuleSchema.fields
      .filter(({ name }) => !["id", "description", "when"].includes(name))
      .flatMap(({ name, message }) =>
        namesOf(message!)
          .filter((inner) => !wordsOf(rows.get(name)).has(inner))
          .map((inner) => `${name}.${inner}`),
      );
    expect(missing).toEqual([]);
    expect([...rows.keys()]).toEqual(RuleSchema.fields.slice(3).map(({ name }) => name));
    for (const name of ["id", "description", "when"]) expect(guide).toContain(`${name}:`);
  });

  it("names every effect where it says how rules come together", () => {
    const words = wordsOf(section("How rules come together"));
    expect(RuleSchema.fields.slice(3).filter(({ name }) => !words.has(name))).toEqual([]);
  });

  it("has examples that load", () => {
    const [policy, cases] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
    expect(loadPolicy(policy!, world).issues).toEqual([]);
    expect(parsePolicyCases(cases!).issues).toEqual([]);
  });
});

function section(title: string): string {
  const [, rest] = guide.split(`## ${title}\n`);
  return rest!.split("\n## ")[0]!;
}

function wordsOf(text = ""): ReadonlySet<string> {
  return new Set(text.match(/\w+/g));
}

/** The names of a message's fields, of the fields within, and the words of its enums. */
function namesOf(description: DescMessage): string[] {
  if (description.typeName === "google.protobuf.Duration") return [];
  return description.fields.flatMap((field) => [
    field.name,
    ...(field.message ? namesOf(field.message) : []),
    ...(field.enum
      ? field.enum.values
          .filter(({ number }) => number > 0)
          .map(({ number }) => enumWord(field.enum!, number))
      : []),
  ]);
}
