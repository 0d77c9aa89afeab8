/** JSON. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/**
 * Compares a result with what a conversation wants, as clients/smoke/README.md says.
 * @returns one sentence for each difference.
 */
export function compare(got: Json, want: Json, path = "$"): string[] {
  if (Array.isArray(want)) {
    if (!Array.isArray(got)) return [`${path}: ${show(got)} is no list`];
    if (got.length !== want.length)
      return [`${path}: has ${got.length} elements, not ${want.length}: ${show(got)}`];
    return want.flatMap((item, index) => compare(got[index], item, `${path}.${index}`));
  }
  if (typeof want !== "object" || want === null) {
    return got === want ? [] : [`${path}: is ${show(got)}, not ${show(want)}`];
  }
  return Object.entries(want).flatMap(([key, value]) => {
    if (key === "times") return [];
    const operator = operators[key];
    if (operator) return operator(got, value, path, want);
    if (key.startsWith("$")) throw new Error(`there is no operator ${key}`);
    const member = isObject(got) ? got[key] : undefined;
    return compare(member, value, `${path}.${key}`);
  });
}

type Operator = (got: Json, value: Json, path: string, want: { [key: string]: Json }) => string[];

const operators: Record<string, Operator> = {
  $any: (got, _, path) => (got === undefined ? [`${path}: is not there`] : []),
  $absent: (got, _, path) => (got === undefined ? [] : [`${path}: is ${show(got)}`]),
  $at_least: (got, value, path) => check(Number(got) >= Number(value), got, path, `at least ${value}`),
  $at_most: (got, value, path) => check(Number(got) <= Number(value), got, path, `at most ${value}`),
  $size: (got, value, path) => check(list(got).length === value, got, path, `of ${value} elements`),
  $matches: (got, value, path) => {
    const matches = typeof got === "string" && new RegExp(String(value), "u").test(got);
    return check(matches, got, path, `like ${value}`);
  },
  $one_of: (got, value, path) => check(list(value).includes(got), got, path, `one of ${show(value)}`),
  $contains: (got, value, path) =>
    check(count(got, value) > 0, got, path, `with an element like ${show(value)}`),
  $count: (got, value, path, { times }) =>
    check(count(got, value) === times, got, path, `with ${times} elements like ${show(value)}`),
  $first: (got, value, path) => compare(list(got)[0], value, `${path}.first`),
  $last: (got, value, path) => compare(list(got).at(-1), value, `${path}.last`),
  $all: (got, value, path) => list(value).flatMap((want) => compare(got, want, path)),
  $unique: (got, value, path) => {
    const keys = list(got).map((item) =>
      JSON.stringify(list(value).map((name) => (isObject(item) ? item[String(name)] : undefined))),
    );
    return check(new Set(keys).size === keys.length, keys, path, `without a repeated ${show(value)}`);
  },
};

function check(holds: boolean, got: Json, path: string, wanted: string): string[] {
  return holds ? [] : [`${path}: is ${show(got)}, not ${wanted}`];
}

function count(got: Json, want: Json): number {
  return list(got).filter((item) => compare(item, want).length === 0).length;
}

function list(value: Json): Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: Json): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
