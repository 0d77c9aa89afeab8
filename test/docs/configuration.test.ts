import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { identitySettingsSchema } from "../../src/admission/identity-settings.ts";
import { limitSettingsSchema } from "../../src/admission/limit-settings.ts";
import { parseConfig } from "../../src/config.ts";
import { configSchema } from "../../src/config-schema.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const page = read("docs/configuration.md");

/** One row of the page's tables: a key, its default, its meaning. */
const rows = new Map(
  [...page.matchAll(/^\| `([a-z_]+[^`]*)` *\| (.+?) *\| (.+?) *\|$/gm)].map(([, key, usual, meaning]) => [
    key ?? "",
    { usual: usual ?? "", meaning: meaning ?? "" },
  ]),
);

/** What of JSON Schema is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

interface Key {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** Every key that may be written, as a path such as "targets[].price.input". */
function keysOf(schema: Schema, path: string): Key[] {
  const alternatives = (schema.anyOf ?? []).flatMap((each) => keysOf(each, path));
  const items = schema.items ? keysOf(schema.items, `${path}[]`) : [];
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const own = path ? `${path}.${name}` : name;
    return [
      { path: own, schema: member, isRequired: schema.required?.includes(name) ?? false },
      ...keysOf(member, own),
    ];
  });
  return [...alternatives, ...items, ...members];
}

const schemaOf = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: "input" }) as Schema;

/** The distributions of a duration are told in one row. */
const INSIDE_ONE_ROW = /^targets\[\]\.simulate\.time_to_first_token\./;

const admission = keysOf(schemaOf(limitSettingsSchema), "").filter(({ path }) =>
  /^(limits|budgets)/.test(path),
);
const identity = keysOf(schemaOf(identitySettingsSchema), "").map((key) =>
  key.path.startsWith("keys") ? key : { ...key, path: `identity.${key.path}` },
);
const keys = [
  ...keysOf(schemaOf(configSchema), "").filter(
    // Sections have headings of their own; those that are checked by rooms are walked in their rooms' schemas.
    ({ path }) => !/^(listen|ledger|cache|breaker|server|log|keys|limits|budgets)$/.test(path),
  ),
  ...identity,
  ...admission,
].filter(({ path }) => !INSIDE_ONE_ROW.test(path));

test("every key of the configuration is on the page", () => {
  expect(keys.length).toBeGreaterThan(120);
  expect(keys.map(({ path }) => path).filter((path) => !rows.has(path))).toEqual([]);
});

test("every key on the page may be written", () => {
  const known = new Set(keys.map(({ path }) => path));
  const named = [...rows.keys()].filter((key) => key !== "data" && /^[a-z_]+(\[\]|\.)/.test(key));
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((key) => !known.has(key))).toEqual([]);
});

test("the page's defaults are the code's", () => {
  const wrong = keys.flatMap(({ path, schema, isRequired }) => {
    const usual = rows.get(path)?.usual ?? "";
    if (isRequired) return usual.startsWith("required") ? [] : [`${path}: required, not ${usual}`];
    if (schema.default === undefined || path === "targets[].price") return [];
    const said = /^`(.*)`$/.exec(usual)?.[1];
    const isSame = said !== undefined && JSON.stringify(parseYaml(said)) === JSON.stringify(schema.default);
    return isSame ? [] : [`${path}: ${JSON.stringify(schema.default)}, not ${usual}`];
  });
  expect(wrong).toEqual([]);
});

test("the page names every value that a key may have", () => {
  const missing = keys.flatMap(({ path, schema }) => {
    const row = rows.get(path);
    const values = schema.enum ?? schema.items?.enum ?? [];
    // Algorithms are told as families.
    if (path === "identity.jwt[].algorithms") return [];
    return values
      .filter((value) => !`${row?.usual} ${row?.meaning}`.includes(String(value)))
      .map((value) => `${path}: ${String(value)}`);
  });
  // Roles are told once, for keys.
  expect(missing.filter((each) => !/roles: /.test(each) || each.startsWith("keys"))).toEqual([]);
});

/** Whatever the examples take from the environment: of the form that the place wants. */
const environment = {
  OPENAI_API_KEY: "sk-example",
  DATABASE_URL: "postgres://127.0.0.1/pointsman",
  BILLING_KEY: `pm_billing_${"k".repeat(43)}`,
  LEDGER_KEY: "pem",
  LEDGER_CONTENT_KEY_1: Buffer.alloc(32, 1).toString("base64"),
  LEDGER_CONTENT_KEY_2: Buffer.alloc(32, 2).toString("base64"),
};

test("the example configuration can be used, with an empty environment", () => {
  expect(parseConfig(read("pointsman.example.yaml"), "pointsman.example.yaml", {}).targets.length).toBe(5);
});

const sections = new Set(Object.keys(schemaOf(configSchema).properties ?? {}));
const blocks = globSync(["README.md", "docs/**/*.md"], { cwd: root }).flatMap((file) =>
  [...read(file).matchAll(/^```yaml(.*)\n([\s\S]*?)^```$/gm)].map(([, mark, block = ""], index) => ({
    name: `${file}, block ${index + 1}`,
    isMarked: mark?.trim() === "configuration",
    // A page may leave out the middle of a hash.
    block: block.replace(/sha256:\w+\.{3}:\w+\.{3}/g, `sha256:${"0".repeat(32)}:${"0".repeat(64)}`),
  })),
);
const configurations = blocks.filter(
  ({ isMarked, block }) =>
    isMarked || Object.keys(parseYaml(block) as object).every((section) => sections.has(section)),
);

test("pages show configurations", () => {
  expect(blocks.filter(({ isMarked }) => isMarked).length).toBeGreaterThan(1);
  expect(configurations.length).toBeGreaterThan(6);
});

test.each(configurations)("the configuration in $name can be used", ({ name, block }) => {
  expect(() => parseConfig(block, name, environment)).not.toThrow();
});
