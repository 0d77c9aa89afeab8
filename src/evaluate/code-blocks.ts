/** A language in which answers' code can be run. */
export type CodeLanguage = "javascript" | "typescript" | "python";

const JAVASCRIPT = ["javascript", "js", "mjs", "cjs", "node", "ecmascript"];

const NAMES: Readonly<Record<CodeLanguage, ReadonlySet<string>>> = {
  javascript: new Set(JAVASCRIPT),
  typescript: new Set([...JAVASCRIPT, "typescript", "ts", "mts", "cts"]),
  python: new Set(["python", "py", "python3"]),
};

/**
 * The code of an answer: all its fenced blocks in the language, one after the other; without any, those that name no
 * language; without any fence, the whole answer.
 */
export function codeIn(answer: string, language: CodeLanguage): string {
  const blocks = [...answer.matchAll(/```([^\n`]*)\n([\s\S]*?)(?:```|$)/g)].map(
    ([, label = "", code = ""]) => ({
      label: label.trim().split(/\s/)[0]?.toLowerCase() ?? "",
      code,
    }),
  );
  if (blocks.length === 0) return answer;
  const named = blocks.filter(({ label }) => NAMES[language].has(label));
  const chosen = named.length > 0 ? named : blocks.filter(({ label }) => label === "");
  return chosen.map(({ code }) => code).join("\n");
}
