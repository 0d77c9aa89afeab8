import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(resolve(root, path), "utf8");

const pages = globSync(["README.md", "AGENTS.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md"], {
  cwd: root,
}).sort();
const scripts = new Set(Object.keys((JSON.parse(read("package.json")) as { scripts: object }).scripts));
const commands = commandsOf(
  globSync("src/cli/add-*-commands.ts", { cwd: root })
    .map((file) => read(file))
    .join("\n"),
);

test("there are pages, scripts and commands to compare", () => {
  expect(pages).toEqual(expect.arrayContaining(["AGENTS.md", "docs/configuration.md", "docs/operations.md"]));
  expect(scripts.has("all")).toBe(true);
  expect([...commands]).toEqual(
    expect.arrayContaining(["serve", "route", "audit show", "keys create", "config check"]),
  );
});

describe.each(pages)("%s", (page) => {
  const text = read(page);

  test("has no relative link that leads nowhere", () => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(
      ([, link]) => link ?? "",
    );
    const broken = links.filter((link) => !/^[a-z]+:/i.test(link) && !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  test("names only npm scripts that exist", () => {
    const named = [...text.matchAll(/\bnpm\srun\s([a-z][\w:-]*)/g)].map(([, script]) => script ?? "");
    expect(named.filter((script) => !scripts.has(script))).toEqual([]);
  });

  test("names only commands that exist", () => {
    const named = [...text.matchAll(/(?:\bnpx\s|`)pointsman\s([a-z]+)(?:\s([a-z]+))?/g)].map(
      ([, first, second]) =>
        commands.has(`${first} ${second}`) || isGroup(first ?? "")
          ? `${first} ${second ?? ""}`.trim()
          : (first ?? ""),
    );
    expect(named.filter((command) => !commands.has(command) && !isGroup(command))).toEqual([]);
  });

  test("names only files of this repository that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|docs|proto|train|clients|bin)\/[\w./-]+\.\w+)`/g)].map(
      ([, file]) => file ?? "",
    );
    expect(named.filter((file) => !existsSync(resolve(root, file)))).toEqual([]);
  });
});

test("AGENTS.md is short enough to be read", () => {
  expect(read("AGENTS.md").trimEnd().split("\n").length).toBeLessThanOrEqual(80);
});

test("every decision is in the list of decisions, and their numbers have no gap", () => {
  const files = globSync("docs/decisions/[0-9]*.md", { cwd: root }).map(
    (file) => file.split(/[\\/]/).at(-1) ?? "",
  );
  const numbers = files.map((file) => Number(file.slice(0, 4))).sort((left, right) => left - right);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  const list = read("docs/decisions/README.md");
  expect(files.filter((file) => !list.includes(`](${file})`))).toEqual([]);
});

/** Code holds brackets and parentheses that are no links. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "code");
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? resolve(root, page) : resolve(root, dirname(page), decodeURI(path));
  if (!existsSync(file)) return false;
  return (
    anchor === undefined || !file.endsWith(".md") || anchorsOf(readFileSync(file, "utf8")).includes(anchor)
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
}

function isGroup(name: string): boolean {
  return [...commands].some((command) => command.startsWith(`${name} `));
}

/** The commands as the command line builds them: a command's parent is the variable that it is added to. */
function commandsOf(source: string): Set<string> {
  const found = new Set<string>();
  const groups = new Map([["program", ""]]);
  for (const [, constant, name] of source.matchAll(/const (\w+) = program\s*\.command\("(\w+)"\)/g))
    groups.set(constant ?? "", `${name} `);
  for (const [, owner, name] of source.matchAll(/\b(\w+)\s*\.command\("(\w+)"\)/g)) {
    const group = groups.get(owner ?? "");
    if (group !== undefined && ![...groups.values()].includes(`${name} `)) found.add(`${group}${name}`);
  }
  // The one group without a variable.
  for (const [, group, name] of source.matchAll(
    /program\s*\.command\("(\w+)"\)\s*\.description\("[^"]*"\)\s*\.command\("(\w+)"\)/g,
  )) {
    found.delete(group ?? "");
    found.add(`${group} ${name}`);
  }
  return found;
}
