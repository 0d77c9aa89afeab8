import type { DescField, DescMessage } from "@bufbuild/protobuf";
import {
  MOST_VALUES,
  mostMembers,
  SMALL_BYTES,
  tooManyMembers,
  tooManyValues,
} from "../rpc/request-bounds.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Deeper than this, parsing refuses the same request in binary. */
const MOST_LEVELS = 100;

/** A list or an object that is not closed yet. */
interface Level {
  /** What an object is, or what the members of a list are; undefined where the contract does not say. */
  desc: DescMessage | undefined;
  field: DescField | undefined;
  isList: boolean;
  /** Members that are complete. */
  members: number;
  most: number;
  /** Where the last text began and ended: the key of a member whose value begins. */
  keyStart: number;
  keyEnd: number;
}

/**
 * Refuses JSON whose lists are longer than the contract allows, or that has too many values, before it is parsed: a few
 * megabytes can hold a million empty turns, and making objects of them would stop the service for seconds. One pass, no
 * objects. Malformed JSON passes: parsing will say so.
 * @param desc what the JSON is; undefined where it is no message of the contract.
 * @throws EngineError INVALID_REQUEST
 */
export function countJson(desc: DescMessage | undefined, bytes: Buffer): void {
  if (bytes.length < SMALL_BYTES) return;
  const levels: Level[] = [];
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    switch (byte) {
      case QUOTE: {
        const end = endOfText(bytes, at);
        const level = levels[depth - 1];
        if (level) {
          level.keyStart = at;
          level.keyEnd = end + 1;
        }
        at = end;
        break;
      }
      case OPEN_LIST:
      case OPEN_OBJECT: {
        if (depth === MOST_LEVELS) return;
        if (++values > MOST_VALUES) throw tooManyValues();
        levels[depth] ??= emptyLevel();
        enter(levels[depth]!, depth > 0 ? levels[depth - 1] : undefined, byte === OPEN_LIST, desc, bytes);
        depth++;
        break;
      }
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        if (--depth <= 0) return;
        break;
      case COMMA: {
        const level = levels[depth - 1];
        if (!level) return;
        if (++values > MOST_VALUES) throw tooManyValues();
        if (++level.members >= level.most) throw tooManyMembers(pathOf(levels, depth), level.most);
      }
    }
  }
}

/** Says what a list or object that begins is, from what it is in. */
function enter(
  level: Level,
  outer: Level | undefined,
  isList: boolean,
  root: DescMessage | undefined,
  bytes: Buffer,
): void {
  level.isList = isList;
  level.members = 0;
  level.keyEnd = 0;
  level.field = undefined;
  if (!outer) {
    level.desc = isList ? undefined : root;
  } else if (outer.isList) {
    level.desc = isList ? undefined : outer.desc;
  } else {
    const field = outer.desc && fieldOf(outer.desc, bytes.subarray(outer.keyStart, outer.keyEnd));
    const isExpected = field?.fieldKind === (isList ? "list" : "message");
    level.field = field;
    level.desc = isExpected && !field.message?.typeName.startsWith("google.") ? field.message : undefined;
  }
  level.most = isList ? mostMembers(level.field) : mostMembers(undefined);
}

function emptyLevel(): Level {
  return { desc: undefined, field: undefined, isList: false, members: 0, most: 0, keyStart: 0, keyEnd: 0 };
}

/** Where the text that begins at `start` ends. Native search: most of a request is text. */
function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (bytes[before] === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end;
  }
  return bytes.length;
}

function pathOf(levels: readonly Level[], depth: number): string {
  let path = "";
  for (const [at, level] of levels.slice(0, depth).entries()) {
    if (level.field) path += path ? `.${level.field.name}` : level.field.name;
    if (level.isList && at < depth - 1) path += `[${level.members}]`;
  }
  return path;
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The field that a key names, in either spelling; the key is given with its quotes. */
function fieldOf(desc: DescMessage, key: Buffer): DescField | undefined {
  let fields = FIELDS.get(desc);
  if (!fields) {
    fields = new Map(
      desc.fields.flatMap((field) => [[field.jsonName, field] as const, [field.name, field] as const]),
    );
    FIELDS.set(desc, fields);
  }
  return fields.get(unquoted(key));
}

function unquoted(key: Buffer): string {
  if (!key.includes(BACKSLASH)) return key.toString("latin1", 1, Math.min(key.length - 1, 129));
  try {
    return String(JSON.parse(key.toString("utf8")));
  } catch {
    return "";
  }
}
