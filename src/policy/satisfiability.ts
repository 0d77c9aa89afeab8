import { type Atom, mayFail, readAtom } from "./atoms.ts";
import type { Expr } from "./cel.ts";
import type { Condition } from "./condition.ts";

/**
 * The ways in which a condition can be true (or false): at least one list of atoms that all hold. Undefined where there
 * are too many to look at.
 */
export type Alternatives = readonly (readonly Atom[])[] | undefined;

/** The ways in which a condition holds, or with `holds` false, does not. */
export function alternativesOf({ root, checked }: Condition, holds: boolean): Alternatives {
  return expand(root, holds, (node, polarity) => readAtom(node, polarity, checked));
}

/** The ways in which two conditions go together. */
export function bothOf(left: Alternatives, right: Alternatives): Alternatives {
  if (!left || !right || left.length * right.length > maximumAlternatives) return undefined;
  return left.flatMap((first) => right.map((second) => [...first, ...second]));
}

/** Why none of the alternatives can ever be; undefined where one can, or where that is not known. */
export function whyImpossible(alternatives: Alternatives): string | undefined {
  if (!alternatives) return undefined;
  let reason: string | undefined = "it is always false";
  for (const atoms of alternatives) {
    const contradiction = findContradiction(atoms);
    if (contradiction === undefined) return undefined;
    reason = contradiction;
  }
  return reason;
}

/** Whether a condition holds whatever the facts are. */
export function isAlways(condition: Condition): boolean {
  if (mayFail(condition.root, condition.checked)) return false;
  return whyImpossible(alternativesOf(condition, false)) !== undefined;
}

/** Enough for what people write; more would cost time and tell nobody anything. */
const maximumAlternatives = 256;

type AtomReader = (node: Expr, holds: boolean) => Atom;

function expand(node: Expr, holds: boolean, read: AtomReader): Alternatives {
  const call = node.exprKind.case === "callExpr" ? node.exprKind.value : undefined;
  switch (call?.function) {
    case "!_":
      return expand(call.args[0]!, !holds, read);
    case "_&&_":
    case "_||_": {
      const parts = call.args.map((arg) => expand(arg, holds, read));
      return (call.function === "_&&_") === holds ? parts.reduce(bothOf) : parts.reduce(eitherOf);
    }
    case "_?_:_": {
      const [condition, yes, no] = call.args as [Expr, Expr, Expr];
      return eitherOf(
        bothOf(expand(condition, true, read), expand(yes, holds, read)),
        bothOf(expand(condition, false, read), expand(no, holds, read)),
      );
    }
    default:
      return [[read(node, holds)]];
  }
}

function eitherOf(left: Alternatives, right: Alternatives): Alternatives {
  if (!left || !right || left.length + right.length > maximumAlternatives) return undefined;
  return [...left, ...right];
}

/** Why atoms cannot all hold; undefined where they can, as far as is known. */
export function findContradiction(atoms: readonly Atom[]): string | undefined {
  const numbers = new Map<string, (Atom & { kind: "number" })[]>();
  const texts = new Map<string, (Atom & { kind: "text" })[]>();
  const opaque = new Map<string, boolean>();
  for (const atom of atoms) {
    if (atom.kind === "constant") {
      if (!atom.value) return "it is always false";
    } else if (atom.kind === "number") numbers.set(atom.path, [...(numbers.get(atom.path) ?? []), atom]);
    else if (atom.kind === "text") texts.set(atom.path, [...(texts.get(atom.path) ?? []), atom]);
    else if (opaque.has(atom.key) && opaque.get(atom.key) !== atom.negated)
      return "it says something and its contrary";
    else opaque.set(atom.key, atom.negated);
  }
  for (const [path, group] of numbers) {
    if (!hasNumber(group)) return `${path} ${describeNumbers(group)}`;
  }
  for (const [path, group] of texts) {
    if (!hasText(group)) return `${path} cannot be ${group.map(describeText).join(" and ")} at once`;
  }
  return undefined;
}

/** Whether some number meets all of the bounds. */
function hasNumber(group: readonly (Atom & { kind: "number" })[]): boolean {
  let { low, high } = group[0]!;
  let lowOpen = false;
  let highOpen = false;
  const raise = (bound: number, open: boolean) => {
    if (bound > low) [low, lowOpen] = [bound, open];
    else if (bound === low) lowOpen ||= open;
  };
  const lower = (bound: number, open: boolean) => {
    if (bound < high) [high, highOpen] = [bound, open];
    else if (bound === high) highOpen ||= open;
  };
  const holes = new Set<number>();
  for (const { sign, bound } of group) {
    if (sign === ">" || sign === ">=" || sign === "==") raise(bound, sign === ">");
    if (sign === "<" || sign === "<=" || sign === "==") lower(bound, sign === "<");
    if (sign === "!=") holes.add(bound);
  }
  if (group[0]!.whole) {
    // Only whole numbers count: step to the nearest ones within.
    low = lowOpen ? Math.floor(low) + 1 : Math.ceil(low);
    high = highOpen ? Math.ceil(high) - 1 : Math.floor(high);
    while (holes.has(low) && low <= high) low++;
    return low <= high;
  }
  return low < high || (low === high && !lowOpen && !highOpen && !holes.has(low));
}

/** Whether some text meets all of the atoms. */
function hasText(group: readonly (Atom & { kind: "text" })[]): boolean {
  let allowed = group[0]!.words;
  for (const { among, negated } of group) {
    if (!negated) allowed = allowed ? allowed.filter((word) => among.includes(word)) : among;
  }
  // Any text at all is never used up by exceptions.
  if (!allowed) return true;
  return allowed.some((word) => group.every(({ among, negated }) => negated !== among.includes(word)));
}

function describeNumbers(group: readonly (Atom & { kind: "number" })[]): string {
  const [{ low, high }] = group as [Atom & { kind: "number" }];
  const demands = group.map(({ sign, bound }) => `${sign} ${bound}`).join(" and ");
  if (!Number.isFinite(low) || group.length > 1) return `cannot be ${demands} at once`;
  return `is never ${demands}: it is ${Number.isFinite(high) ? `from ${low} to ${high}` : `at least ${low}`}`;
}

function describeText({ among, negated }: Atom & { kind: "text" }): string {
  const words = among.map((word) => `"${word}"`).join(" or ");
  return negated ? `other than ${words || "anything"}` : words || "one of nothing";
}
