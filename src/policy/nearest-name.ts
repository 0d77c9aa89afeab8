/**
 * The known name that a mistyped one most likely stands for; undefined where none is near. Upper case, hyphens and
 * underscores do not count. Where nothing is near, a name that begins alike.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = simplify(name);
  let nearest: string | undefined;
  // Two edits in a short word make another word, so the tolerance grows with the length.
  let best = Math.min(3, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, simplify(candidate), best);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest ?? sharesBeginning(wanted, known);
}

/** A hint to append to a sentence about an unknown name: the nearest name, or all names where there are few. */
export function nameHint(name: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `; did you mean "${nearest}"?`;
  if (names.length === 0) return "; there are none";
  const shown = names.slice(0, maximumNamesShown).join(", ");
  return names.length <= maximumNamesShown
    ? `; known: ${shown}`
    : `; known: ${shown} and ${names.length - maximumNamesShown} more`;
}

const maximumNamesShown = 24;

/** People write "coding" for "code_generation": the longest common beginning of at least three letters, half the word. */
function sharesBeginning(wanted: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let longest = Math.max(3, Math.ceil(wanted.length / 2)) - 1;
  for (const candidate of known) {
    const name = simplify(candidate);
    let length = 0;
    while (length < wanted.length && wanted[length] === name[length]) length++;
    if (length > longest) [best, longest] = [candidate, length];
  }
  return best;
}

function simplify(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[-_\s]/g, "")
    .slice(0, 64);
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; stops counting at the limit. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, beforePrevious[column - 2]! + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length]!;
}
