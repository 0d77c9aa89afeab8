import { describe, expect, it } from "vitest";
import { formOf } from "./form.ts";
import { readText } from "./reading.ts";
import { createSequenceCollector } from "./word-sequences.ts";

const collect = createSequenceCollector();

function sequencesOf(text: string): Map<string, number> {
  const reading = readText(text);
  const { hashed, hashedNames } = collect(reading, formOf(reading).hashes);
  expect(new Set(hashed).size).toBe(hashed.length);
  return new Map(hashedNames().map((name, index) => [name, hashed[index]!]));
}

describe("word sequences", () => {
  it("are the words, their pairs, and how sentences begin and end", () => {
    const names = sequencesOf("What is a dog?");
    for (const name of ["what is", "dog", "…?", "what …?", "what is …?", "… dog?"])
      expect([...names.keys()]).toContain(`"${name}"`);
    expect([...sequencesOf("my dog eats grass").keys()]).toContain('"my …" with no mark at the end');
  });

  it("tell a question from the same words without a mark", () => {
    const question = new Set(sequencesOf("you like tea?").values());
    const statement = [...sequencesOf("you like tea").values()];
    expect(statement.some((hash) => !question.has(hash))).toBe(true);
  });

  it("take the signs of Chinese that no dictionary has", () => {
    const names = [...sequencesOf("帮我看看这只猫怎么了").keys()];
    expect(names).toContain('"猫"');
    expect(names).toContain('"只猫"');
  });

  it("are four letters in a row of words that a dictionary was asked for, named by the word", () => {
    const shared = (a: string, b: string): string[] => {
      const [first, second] = [a, b].map((text) => {
        const reading = readText(text);
        return collect(reading, formOf(reading).hashes);
      });
      const inBoth = new Set(second!.hashed);
      const names = first!.hashedNames();
      return names.filter((_, index) => inBoth.has(first!.hashed[index]!));
    };
    expect(
      shared(
        "¿Qué impermeabilizante es el mejor para la terraza?",
        "No sé cómo hay que impermeabilizar un balcón",
      ),
    ).toContain('"impermeabilizante"');
    expect(shared("which sealant is best", "how to seal a roof")).not.toContain('"sealant"');
  });

  it("are bounded, whatever the text", () => {
    for (const text of [
      "",
      "?",
      "a ".repeat(50_000),
      "猫狗".repeat(20_000),
      Array.from(
        { length: 4_000 },
        (_, index) => `шарж${index.toString(36)}—猫狗${String.fromCharCode(0x4e00 + index)}?`,
      ).join(" "),
      "a? b! c: ".repeat(9_000),
      "\ud800\udc00\ud800",
    ]) {
      const reading = readText(text);
      expect(collect(reading, formOf(reading).hashes).hashed.length).toBeLessThan(1_600);
    }
  });
});
