/** JSON as the conversation and its results hold it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Results by step, and `run`. */
export type Results = Record<string, Json>;

/** Puts values for `${...}` and `$repeat` into a request. */
export function fill(value: Json, results: Results): Json {
  if (typeof value === "string") {
    return value.replace(/\$\{([^}]+)\}/g, (_, path: string) => lookUp(path, results));
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, results));
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.$repeat === "string") return value.$repeat.repeat(Number(value.times));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, results)]));
}

function lookUp(path: string, results: Results): string {
  let found: Json | undefined = results;
  for (const part of path.split(".")) {
    found = (found as Record<string, Json> | undefined)?.[part];
  }
  if (typeof found !== "string") throw new Error(`there is no text at ${path}`);
  return found;
}
