import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { enumFromWord, enumWord } from "../lib/enums.ts";
import type { DocumentEntry, DocumentNode } from "./document.ts";
import { parseDuration } from "./durations.ts";
import type { IssueList } from "./issues.ts";
import { nameHint } from "./nearest-name.ts";

/** Where a reader puts what it finds on the way. */
export interface ReadContext {
  readonly issues: IssueList;
  /** Filled with the line of every path. */
  readonly lines: Map<string, number>;
  /** The field that a lone value stands for, by message type: `log: redacted` is `log: {level: redacted}`. */
  readonly shorthands: ReadonlyMap<string, string>;
  /** Message types that may be switched on by `true` or by nothing at all: `deny:`. */
  readonly switches: ReadonlySet<string>;
}

/**
 * Reads a message of any type the way people write it: keys in snake_case or camelCase, enums as lower-case words,
 * durations as "5m", one value in place of a list of one. Everything that does not fit becomes an issue and is left out.
 */
export function readMessage(
  description: DescMessage,
  node: DocumentNode,
  path: string,
  context: ReadContext,
): Message {
  const message = create(description);
  const target = message as unknown as Record<string, unknown>;
  const isSwitch = node.kind === "scalar" && (node.value === true || node.value === null);
  if (isSwitch && context.switches.has(description.typeName)) return message;
  const shorthand = context.shorthands.get(description.typeName);
  if (node.kind === "scalar" && context.switches.has(description.typeName) && isYesOrNo(node.value)) {
    // YAML 1.2 reads these as texts: a rule that says `deny: no` would deny, and say "no".
    context.issues.error(
      path,
      `${describe(node)} may mean a message or a switch; write true, or a sentence`,
      node.line,
    );
    return message;
  }
  if (node.kind !== "map" && shorthand !== undefined && !isSwitch) {
    const field = description.fields.find(({ name }) => name === shorthand)!;
    const value = readField(field, node, joinPath(path, field.name), context);
    if (value !== undefined) target[field.localName] = value;
    return message;
  }
  if (node.kind !== "map") {
    const fields = description.fields.map(({ name }) => name).join(", ");
    context.issues.error(path, `${describe(node)} stands where a mapping is expected (${fields})`, node.line);
    return message;
  }
  const seen = new Map<DescField, string>();
  for (const entry of node.entries) {
    const field = findField(description, entry.key);
    const fieldPath = joinPath(path, field?.name ?? entry.key);
    recordLines(fieldPath, entry, context.lines);
    if (!field) {
      const names = description.fields.map(({ name }) => name);
      context.issues.error(fieldPath, `there is no "${entry.key}" here${nameHint(entry.key, names)}`);
      continue;
    }
    // The document's reader has complained of a key that stands twice.
    if (seen.get(field) === entry.key) continue;
    const twin =
      seen.get(field) ?? [...seen.keys()].find(({ oneof }) => oneof && oneof === field.oneof)?.name;
    if (twin !== undefined) {
      context.issues.error(fieldPath, `"${entry.key}" and "${twin}" cannot both be set`);
      continue;
    }
    seen.set(field, entry.key);
    const value = readField(field, entry.value, fieldPath, context);
    if (value === undefined) continue;
    if (field.oneof) target[field.oneof.localName] = { case: field.localName, value };
    else target[field.localName] = value;
  }
  return message;
}

function isYesOrNo(value: unknown): boolean {
  return typeof value === "string" && /^(yes|no|on|off|y|n|none)$/i.test(value);
}

function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function recordLines(path: string, entry: DocumentEntry, lines: Map<string, number>): void {
  lines.set(path, entry.line);
  const { value } = entry;
  if (value.kind !== "scalar" || value.textLine === 0 || typeof value.value !== "string") return;
  for (let index = 0; index < value.value.split("\n").length; index++)
    lines.set(`${path}:${index + 1}`, value.textLine + index);
}

function findField(description: DescMessage, key: string): DescField | undefined {
  return description.fields.find(({ name, jsonName }) => name === key || jsonName === key);
}

function readField(field: DescField, node: DocumentNode, path: string, context: ReadContext): unknown {
  switch (field.fieldKind) {
    case "list": {
      // One value in place of a list of one is what people write first.
      const items = node.kind === "list" ? node.items : [node];
      return items
        .map((item, index) => {
          const itemPath = `${path}[${index}]`;
          context.lines.set(itemPath, item.line);
          return readElement(field, field.listKind, item, itemPath, context);
        })
        .filter((value) => value !== undefined);
    }
    case "map":
      return readMap(field, node, path, context);
    default:
      return readElement(field, field.fieldKind, node, path, context);
  }
}

type Element = {
  readonly message: DescMessage | undefined;
  readonly enum: DescEnum | undefined;
  readonly scalar: ScalarType | undefined;
};

function readElement(
  field: Element,
  kind: "scalar" | "enum" | "message",
  node: DocumentNode,
  path: string,
  context: ReadContext,
): unknown {
  if (kind === "message") {
    if (field.message!.typeName === "google.protobuf.Duration") return readDuration(node, path, context);
    return readMessage(field.message!, node, path, context);
  }
  return kind === "enum"
    ? readEnum(field.enum!, node, path, context)
    : readScalar(field.scalar!, node, path, context);
}

function readMap(
  field: DescField & { fieldKind: "map" },
  node: DocumentNode,
  path: string,
  context: ReadContext,
): unknown {
  if (node.kind !== "map") {
    context.issues.error(path, `${describe(node)} stands where a mapping of names is expected`, node.line);
    return undefined;
  }
  const pairs: [string, unknown][] = [];
  for (const entry of node.entries) {
    const entryPath = joinPath(path, entry.key);
    context.lines.set(entryPath, entry.line);
    const value = readElement(field, field.mapKind, entry.value, entryPath, context);
    if (value !== undefined) pairs.push([entry.key, value]);
  }
  return Object.fromEntries(pairs);
}

function readDuration(node: DocumentNode, path: string, context: ReadContext): unknown {
  const duration =
    node.kind === "scalar" && typeof node.value === "string" ? parseDuration(node.value) : undefined;
  if (!duration) {
    const hint = node.kind === "scalar" && typeof node.value === "number" ? `, such as "${node.value}s"` : "";
    context.issues.error(
      path,
      `${describe(node)} is no length of time; write a number with ms, s, m, h or d${hint}`,
    );
  }
  return duration;
}

function readEnum(description: DescEnum, node: DocumentNode, path: string, context: ReadContext): unknown {
  const words = description.values
    .filter(({ number }) => number > 0)
    .map(({ number }) => enumWord(description, number));
  const written = node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
  const full = description.values.find(({ name }) => name === written)?.number;
  const number =
    full ?? (written === undefined ? undefined : enumFromWord(description, written.replaceAll("-", "_")));
  if (number) return number;
  const hint = written === undefined ? `; expected one of ${words.join(", ")}` : nameHint(written, words);
  context.issues.error(path, `${describe(node)} is not one of the words for this${hint}`);
  return undefined;
}

function readScalar(scalar: ScalarType, node: DocumentNode, path: string, context: ReadContext): unknown {
  const value = node.kind === "scalar" ? node.value : undefined;
  const complain = (expected: string) => {
    context.issues.error(path, `${describe(node)} stands where ${expected} is expected`);
    return undefined;
  };
  switch (scalar) {
    case ScalarType.STRING:
      if (typeof value === "string") return value;
      return complain(
        typeof value === "number" || typeof value === "boolean" ? "text (put it in quotes)" : "text",
      );
    case ScalarType.BOOL:
      return typeof value === "boolean" ? value : complain("true or false");
    case ScalarType.UINT32:
      if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)
        return value;
      return complain("a whole number from 0 to 4,294,967,295");
    case ScalarType.DOUBLE:
      if (typeof value === "number" && !Number.isNaN(value)) return value;
      if (value === "Infinity") return Number.POSITIVE_INFINITY;
      return complain("a number");
    default:
      // The contract has no other scalar where people write by hand; a new one must be thought about, not guessed.
      throw new TypeError(`reading a scalar of type ${ScalarType[scalar]} is not supported`);
  }
}

function describe(node: DocumentNode): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a mapping";
  if (node.value === null) return "nothing";
  if (typeof node.value !== "string") return String(node.value);
  return `"${node.value.length > 40 ? `${node.value.slice(0, 40)}...` : node.value}"`;
}
