import { tryDetect } from "./detect.ts";
import { type Kind, secretKinds } from "./kinds.ts";

/** What an id cannot hold by chance, as a long number can pass for a payment card's. */
const telling: ReadonlySet<Kind> = new Set<Kind>([...secretKinds, "email", "iban"]);

/**
 * Kinds of private values in an id that a caller chose. Ids join records and are kept as they are, so what holds one
 * must be refused. A search that fails counts as having found what it looked for.
 */
export function privateKindsInId(id: string): Kind[] {
  if (id === "") return [];
  const { found, failures } = tryDetect(id, { kinds: telling });
  return [...new Set([...found.map(({ kind }) => kind), ...failures.flatMap(({ kinds }) => kinds)])];
}
