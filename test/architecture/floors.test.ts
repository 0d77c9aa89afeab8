import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../src", import.meta.url));

/** The floors, lowest first. Folders on one floor are strangers to each other, except where `neighbours` says so. */
const FLOORS: readonly { readonly folders: readonly string[]; readonly neighbours?: boolean }[] = [
  { folders: ["lib"] },
  {
    folders: [
      "admission",
      "cache",
      "classify",
      "knowledge",
      "ledger",
      "policy",
      "privacy",
      "provider",
      "scorecard",
    ],
  },
  { folders: ["engine", "evaluate"] },
  // The HTTP door serves the bindings of the RPC door: two doors, one set of handlers.
  { folders: ["rpc", "http"], neighbours: true },
  { folders: ["."] },
  { folders: ["cli", "console"] },
];

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
  .map((path) => path.split(sep).join("/"))
  .sort();

describe("the floors of src", () => {
  it("has enough files for the other checks to mean something", () => {
    expect(files.length).toBeGreaterThan(150);
    expect(imports().length).toBeGreaterThan(500);
  });

  it("has every file on a floor", () => {
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  it("has no import that points up", () => {
    expect(imports().filter(({ from, to }) => floorOf(to) > floorOf(from))).toEqual([]);
  });

  it("has no import between rooms of one floor", () => {
    const strangers = imports().filter(
      ({ from, to }) =>
        floorOf(from) === floorOf(to) && roomOf(from) !== roomOf(to) && !FLOORS[floorOf(from)]?.neighbours,
    );
    expect(strangers).toEqual([]);
  });

  it("reaches nothing outside src but the configuration that comes with it", () => {
    const outside = files.flatMap((from) =>
      specifiersOf(from)
        .map((to) => (to.startsWith(".") ? relative(root, resolve(root, dirname(from), to)) : ""))
        .filter((to) => to.startsWith("..") && !to.endsWith(".json") && !from.endsWith(".test.ts"))
        .map((to) => `${from} -> ${to}`),
    );
    expect(outside).toEqual(["config.ts -> ../pointsman.example.yaml"]);
  });

  it("knows an import that points up, and strangers, when it sees them", () => {
    expect(floorOf("engine/engine.ts")).toBeGreaterThan(floorOf("policy/cel.ts"));
    expect(floorOf("main.ts")).toBeGreaterThan(floorOf("rpc/errors.ts"));
    expect(floorOf("unheard-of/thing.ts")).toBe(-1);
    expect(
      specifiersIn('import a from "./a.ts";\nexport { b } from "../b.ts";\nawait import("./c.ts");'),
    ).toEqual(["./a.ts", "../b.ts", "./c.ts"]);
  });
});

function roomOf(file: string): string {
  const [first = "", ...rest] = file.split("/");
  return rest.length === 0 ? "." : first;
}

function floorOf(file: string): number {
  return FLOORS.findIndex(({ folders }) => folders.includes(roomOf(file)));
}

/** Imports between files of src. A test may reach anywhere: it is a reader of its room, not a part of it. */
function imports(): Import[] {
  return files
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((from) =>
      specifiersOf(from)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => ({
          from,
          to: relative(root, resolve(root, dirname(from), specifier))
            .split(sep)
            .join("/"),
        }))
        .filter(({ to }) => !to.startsWith("..")),
    );
}

function specifiersOf(file: string): string[] {
  return specifiersIn(readFileSync(resolve(root, file), "utf8"));
}

function specifiersIn(text: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+|new URL\(\s*)"([^"]+)"/g;
  return [...text.matchAll(pattern)].map(([, specifier = ""]) => specifier);
}
