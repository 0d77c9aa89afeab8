import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
} from "yaml";
import type { IssueList } from "./issues.ts";

/** A value of a document with the place where it stands. */
export type DocumentNode =
  | {
      readonly kind: "scalar";
      readonly value: string | number | boolean | null;
      readonly line: number;
      readonly textLine: number;
    }
  | { readonly kind: "list"; readonly items: readonly DocumentNode[]; readonly line: number }
  | { readonly kind: "map"; readonly entries: readonly DocumentEntry[]; readonly line: number };

/** A key of a document and what it holds. */
export interface DocumentEntry {
  readonly key: string;
  readonly value: DocumentNode;
  /** The line of the key. */
  readonly line: number;
}

/** The largest document that is read, in characters. */
const maximumDocumentLength = 1024 * 1024;

/**
 * Reads YAML or JSON into nodes that know their lines. Undefined where the text is not one document at all; what is
 * wrong with it goes to the issues.
 */
export function readDocument(text: string, issues: IssueList): DocumentNode | undefined {
  if (text.length > maximumDocumentLength) {
    issues.error("", `the document has ${text.length} characters; at most ${maximumDocumentLength} are read`);
    return undefined;
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, strict: true, version: "1.2" });
  const lineAt = (node: Node | null | undefined) => lineCounter.linePos(node?.range?.[0] ?? 0).line || 1;
  for (const error of document.errors) {
    issues.error("", error.message, lineCounter.linePos(error.pos[0]).line);
  }
  // A key that stands twice spoils nothing else; after other mistakes nothing is where it seems to be.
  if (document.errors.some((error) => error.code !== "DUPLICATE_KEY")) return undefined;

  // Aliases may multiply a small text into a huge value, so what is built is counted.
  let budget = maximumNodes;
  const anchors = new Map<Alias, Node>();
  const convert = (node: Node | null, depth: number): DocumentNode | undefined => {
    if (--budget < 0 || depth > maximumDepth) return undefined;
    const line = lineAt(node);
    if (isAlias(node)) {
      const anchor = anchors.get(node) ?? (node.resolve(document) as Node | undefined);
      if (!anchor) {
        issues.error("", `there is no anchor "${node.source}"`, line);
        return undefined;
      }
      anchors.set(node, anchor);
      return convert(anchor, depth + 1);
    }
    if (isSeq(node)) {
      const items: DocumentNode[] = [];
      for (const item of node.items) {
        const converted = convert(item as Node | null, depth + 1);
        if (!converted) return undefined;
        items.push(converted);
      }
      return { kind: "list", items, line };
    }
    if (isMap(node)) {
      const entries: DocumentEntry[] = [];
      for (const { key, value } of node.items) {
        const converted = convert(value as Node | null, depth + 1);
        if (!converted) return undefined;
        const name = isScalar(key) ? String(key.value) : String(key);
        const keyLine = lineAt(key as Node);
        // An empty value has no place of its own.
        entries.push({
          key: name,
          value: value === null ? { ...converted, line: keyLine } : converted,
          line: keyLine,
        });
      }
      return { kind: "map", entries, line };
    }
    const value = isScalar(node) ? node.value : null;
    const known =
      typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
    return { kind: "scalar", value: known, line, textLine: isLiteralBlock(node) ? line + 1 : 0 };
  };
  const root = convert(document.contents as Node | null, 0);
  if (!root && issues.issues.length === 0) {
    const bounds = `at most ${maximumNodes} values, nested ${maximumDepth} deep`;
    issues.error("", `the document is too deep or too large: ${bounds}`);
  }
  return root;
}

const maximumNodes = 100_000;
const maximumDepth = 32;

/** Only in a literal block do the lines of the text stand on lines of their own. */
function isLiteralBlock(node: Node | null): boolean {
  return isScalar(node) && node.type === Scalar.BLOCK_LITERAL;
}
