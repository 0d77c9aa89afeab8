/** Gives the new text of a value in JSON; `name` is the key it stands under, undefined in arrays and at the top. */
export type ReplaceValue = (value: string, name: string | undefined) => string;

const shortestNumber = 7;

/**
 * Replaces strings, keys and long numbers inside JSON text and leaves every other byte as it was, so that big numbers,
 * order and spacing survive. A number that is replaced becomes a string. Undefined if the text is not JSON.
 */
export function replaceInJson(text: string, replace: ReplaceValue): string | undefined {
  if (!isStructure(text)) return undefined;
  let output = "";
  let done = 0;
  let name: string | undefined;
  // Names of the enclosing objects are not needed: a value in an array goes by the array's own name.
  for (const match of text.matchAll(tokens)) {
    const token = match[0];
    if (token === "," || token === "}" || token === "{") {
      if (token !== ",") name = undefined;
      continue;
    }
    const isString = token.startsWith('"');
    const value = isString ? decode(token) : token;
    if (!isString && value.length < shortestNumber) continue;
    const isKey = isString && followedByColon(text, match.index + token.length);
    const replaced = replace(value, isKey ? undefined : name);
    if (isKey) name = value;
    if (replaced === value) continue;
    output += text.slice(done, match.index) + JSON.stringify(replaced);
    done = match.index + token.length;
  }
  return output + text.slice(done);
}

// One class after another and no nesting: linear. Only valid JSON gets here.
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{},]/g;

function isStructure(text: string): boolean {
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function decode(literal: string): string {
  return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

function followedByColon(text: string, from: number): boolean {
  let index = from;
  while (" \t\r\n".includes(text[index] ?? "x")) index++;
  return text[index] === ":";
}
