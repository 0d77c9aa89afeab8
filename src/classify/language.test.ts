import { expect, test } from "vitest";
import { readText } from "./reading.ts";

test.each([
  ["en", "What is the best way to learn how to swim?"],
  ["es", "¿Cuál es la capital de Francia y por qué es famosa?"],
  ["de", "Schreibe mir bitte eine kurze Geschichte über einen Hund."],
  ["fr", "Quelle est la différence entre les deux textes ?"],
  ["pt", "Escreva um texto sobre o mar para meu filho."],
  ["zh", "请把这段话翻译成英文。"],
  ["ja", "この文章を要約してください。"],
  ["ko", "이 문장을 번역해 주세요."],
  ["ru", "Напиши рассказ о море."],
  ["uk", "Напиши оповідання про її подорож."],
  ["ar", "ما هي عاصمة فرنسا؟"],
  ["hi", "भारत की राजधानी क्या है?"],
  ["el", "Ποια είναι η πρωτεύουσα;"],
])("%s: %s", (code, text) => {
  const { language } = readText(text);
  expect(language.code).toBe(code);
  expect(language.confidence).toBeGreaterThan(0.4);
});

test("says nothing where the text says nothing", () => {
  expect(readText("").language).toEqual({ code: "", confidence: 0 });
  expect(readText("12 + 30 = 42").language).toEqual({ code: "", confidence: 0 });
  expect(readText("xq zzk vvb wwp qqr").language.code).toBe("");
  expect(readText("zebra").language).toEqual({ code: "en", confidence: 0.3 });
});

test("a Chinese word in an English request does not make it Chinese", () => {
  expect(readText("What does 你好 mean when people say it to each other on the phone?").language.code).toBe(
    "en",
  );
});
