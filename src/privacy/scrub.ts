import { tryDetect } from "./detect.ts";
import { type Kind, personalKinds, secretKinds } from "./kinds.ts";
import { redactedPlaceholder } from "./placeholders.ts";
import { resolveOverlaps } from "./resolve-overlaps.ts";

/** What is kept of a text that could not be searched: nothing. */
export const withheld = "[WITHHELD]";

const secretsOnly: ReadonlySet<Kind> = new Set(secretKinds);
const everything: ReadonlySet<Kind> = new Set([...secretKinds, ...personalKinds]);

/** A text without its secrets, for anything that is stored or logged. No policy can switch this off. */
export function scrub(text: string): string {
  return without(text, secretsOnly);
}

/** A text without secrets and without personal data, for records that hold redacted text only. */
export function scrubAll(text: string): string {
  return without(text, everything);
}

function without(text: string, kinds: ReadonlySet<Kind>): string {
  const { found, failures } = tryDetect(text, { kinds });
  if (failures.length > 0) return withheld;
  let output = "";
  let done = 0;
  for (const { start, end, kind } of resolveOverlaps(found)) {
    output += text.slice(done, start) + redactedPlaceholder(kind);
    done = end;
  }
  return done === 0 ? text : output + text.slice(done);
}
