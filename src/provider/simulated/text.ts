import { calculateIn } from "./arithmetic.ts";
import type { Random } from "./random.ts";

/** A short text that fits a prompt: what can be worked out is, the rest is made of the prompt's own words. */
export function writeText(prompt: string, task: string): string {
  const material = materialOf(prompt);
  switch (task) {
    case "rewriting":
      return shorten(material);
    case "summarization":
      return `In short: ${lowerFirst(firstSentence(shorten(material)))}`;
    case "translation":
      return `[translation] ${material.slice(0, 400)}`;
    case "extraction":
      return list(namesIn(material));
    case "classification":
      return optionIn(prompt);
    case "code_generation":
      return codeSkeleton(prompt);
    case "code_explain_debug":
      return `The code works through ${list(keywords(material, 3))} in order; check its inputs and its edge cases first.`;
    case "math_reasoning":
      return calculation(prompt);
    case "brainstorm_creative":
      return keywords(material, 3)
        .map((word, index) => `${index + 1}. ${["The quiet", "A bolder", "Yet another"][index]} ${word}`)
        .join("\n");
    case "chat":
      return "Hello! What can be done for you?";
    default:
      return calculateIn(prompt) === undefined
        ? `About ${list(keywords(material, 4))}: this is a simulated answer, made of the question's own words.`
        : calculation(prompt);
  }
}

/** A wrong version of an answer: numbers are off, options turn, words go missing. */
export function bend(text: string, random: Random): string {
  if (/\d/.test(text)) {
    return text.replace(/\d+(\.\d+)?/, (number) => String(Number(number) + 1 + Math.floor(random() * 9)));
  }
  const words = text.split(" ");
  if (words.length < 4) return `Not ${text}`;
  return words.slice(Math.ceil(words.length / 2)).join(" ");
}

/** What an instruction is about: what follows its colon or line break, or all of it. */
function materialOf(prompt: string): string {
  const text = prompt.slice(0, 8_000).trim();
  const match = /^[^:\n]{3,300}[:\n]\s*([\s\S]{8,})$/.exec(text);
  return (match?.[1] ?? text).trim();
}

const FILLER =
  /\b(very|really|quite|actually|basically|in order|just|simply|at this point in time|that|of course|it is important to note)\b\s?/gi;

function shorten(text: string): string {
  const short = text.replace(FILLER, "").replace(/\s+/g, " ").trim();
  const words = short.split(" ");
  return words.length <= 40 ? short : `${words.slice(0, 40).join(" ")}.`;
}

function firstSentence(text: string): string {
  return /^[\s\S]+?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function calculation(prompt: string): string {
  const value = calculateIn(prompt);
  if (value !== undefined) return String(value);
  return `The quantities to set against each other are ${list(keywords(prompt, 3))}.`;
}

function namesIn(text: string): string[] {
  const names =
    text.match(/\p{Lu}[\p{L}\p{N}-]+(?:\s\p{Lu}[\p{L}\p{N}-]+)*|\d[\d.,]*/gu) ?? keywords(text, 5);
  return [...new Set(names)].slice(0, 10);
}

/** One of the options that a prompt lists, such as "positive, negative or neutral". */
function optionIn(prompt: string): string {
  const options = /((?:[\p{L}_-]+,\s*)*[\p{L}_-]+),?\s+or\s+([\p{L}_-]+)/iu.exec(prompt);
  if (options === null) return keywords(prompt, 1)[0] ?? "other";
  const all = [...(options[1] ?? "").split(/,\s*/), options[2] ?? ""].filter((option) => option !== "");
  const rest = prompt.replace(options[0], "").toLowerCase();
  return (
    all.find((option) => rest.includes(option.toLowerCase())) ?? all[prompt.length % all.length] ?? "other"
  );
}

function codeSkeleton(prompt: string): string {
  const name =
    keywords(prompt, 3)
      .join("_")
      .replace(/[^a-z0-9_]/gi, "")
      .toLowerCase() || "answer";
  if (/\b(typescript|javascript|node)\b/i.test(prompt)) {
    return `\`\`\`ts\nfunction ${name}(input: string): string {\n  return input.trim();\n}\n\`\`\``;
  }
  if (/\bsql\b/i.test(prompt)) return `\`\`\`sql\nSELECT * FROM ${name};\n\`\`\``;
  return `\`\`\`python\ndef ${name}(value):\n    return value\n\`\`\``;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return "nothing in particular";
  if (items.length === 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

const COMMON = new Set(
  "a an and are as at be by can code do does for from function how i in into is it me my not of on or please that the their this to was what when where which who why will with write you your".split(
    " ",
  ),
);

/** The longest uncommon words, in the order in which they stand. */
function keywords(text: string, count: number): string[] {
  const words = [...new Set(text.slice(0, 4_000).match(/\p{L}[\p{L}\p{N}-]*/gu) ?? [])];
  const uncommon = words.filter((word) => word.length > 2 && !COMMON.has(word.toLowerCase()));
  const longest = new Set(uncommon.toSorted((left, right) => right.length - left.length).slice(0, count));
  return uncommon.filter((word) => longest.has(word));
}
