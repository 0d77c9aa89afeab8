import { type Rule, RuleSchema } from "#gen/pointsman/v1/policy_pb.ts";

/** The fields of a rule that do something, by their names in policies, in the order of the contract. */
const effectFields: readonly { readonly name: string; readonly localName: keyof Rule }[] = RuleSchema.fields
  .filter(({ name }) => !["id", "description", "when"].includes(name))
  .map(({ name, localName }) => ({ name, localName: localName as keyof Rule }));

/** The names of all effects. */
export const allEffectNames: ReadonlySet<string> = new Set(effectFields.map(({ name }) => name));

/** The effects of a rule by field name, such as "prefer" and "strip_tools"; a new list every time. */
export function effectNames(rule: Rule): string[] {
  const names: string[] = [];
  for (const { name, localName } of effectFields) {
    const value = rule[localName];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) names.push(name);
  }
  return names;
}
