/** A recognised language: a BCP 47 code, or "" where the text does not say. */
export interface Language {
  code: string;
  /** How sure that is, 0 to 1. */
  confidence: number;
}

/** Words beyond these add nothing to what the first ones say. */
const MOST_WORDS = 400;
/** Characters beyond these neither. */
const MOST_CHARACTERS = 2_000;

/**
 * Name the main language of a text by script and, for Latin letters, by its most frequent small words.
 *
 * @param words the words of the normalised text
 * @param plain whether the text is nothing but ASCII
 */
export function detectLanguage(normalised: string, words: readonly string[], plain: boolean): Language {
  const byScript = plain ? undefined : scriptLanguage(normalised.slice(0, MOST_CHARACTERS));
  return byScript ?? latinLanguage(words);
}

const SCRIPTS: readonly [RegExp, string][] = [
  [/\p{Script=Latin}/gu, "latin"],
  [/\p{Script=Han}/gu, "zh"],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/gu, "ja"],
  [/\p{Script=Hangul}/gu, "ko"],
  [/\p{Script=Cyrillic}/gu, "ru"],
  [/\p{Script=Arabic}/gu, "ar"],
  [/\p{Script=Devanagari}/gu, "hi"],
  [/\p{Script=Hebrew}/gu, "he"],
  [/\p{Script=Greek}/gu, "el"],
  [/\p{Script=Thai}/gu, "th"],
  [/\p{Script=Bengali}/gu, "bn"],
  [/\p{Script=Tamil}/gu, "ta"],
];
/** An ideograph or syllable says as much as several letters. */
const DENSE = new Set(["zh", "ja", "ko"]);

function scriptLanguage(text: string): Language | undefined {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [pattern, code] of SCRIPTS) {
    const found = (text.match(pattern)?.length ?? 0) * (DENSE.has(code) ? 3 : 1);
    if (found > 0) counts.set(code, found);
    total += found;
  }
  let best = "latin";
  for (const [code, found] of counts) if (found > (counts.get(best) ?? 0)) best = code;
  if (best === "latin" || total === 0) return undefined;
  let share = (counts.get(best) ?? 0) / total;
  const kana = counts.get("ja") ?? 0;
  if (best === "zh" && kana * 5 > (counts.get("zh") ?? 0)) {
    best = "ja";
    share += kana / total;
  }
  return { code: refine(best, text), confidence: Math.min(1, share) };
}

function refine(code: string, text: string): string {
  if (code === "ru" && /[іїєґ]/.test(text)) return "uk";
  if (code === "ar" && /[پچژگ]/.test(text)) return "fa";
  return code;
}

/** Small words, normalised (no accents). Words shared by many languages are left out or count for each. */
const SMALL_WORDS: Readonly<Record<string, string>> = {
  en: "the of and to is are was were what how do does you your for with this that it be can on from my i me a in which who why when please write give make should would has have an not or at",
  es: "el la los las de del que y en un una es son por para con como cual cuales donde porque mi me su este esta estos lo al se mas pero puedes hola siguiente escribe quien cuando cuanto explica dame",
  de: "der die das und ist sind ein eine einen einer eines dem den zu von mit fur auf wie was wer warum nicht ich du mir bitte kannst im am als auch uber wird werden schreibe folgenden diesen welche gib mein",
  fr: "le la les des du de et est sont un une que qui dans pour avec sur comment pourquoi quel quelle je tu vous moi mon ma ce cette ces au aux en pas plus ne quels ecris texte peux suivant donne a est",
  pt: "o a os as de do da dos das que e em um uma para com como qual quais por porque meu minha este esta isso voce no na nos nas se mais mas nao ao escreva seguinte texto quem quando onde pode me",
  it: "il lo la gli le di del della che e in un una per con come quale perche sono mi mio questo questa non piu dei delle nel alla si da scrivi chi quando dove seguente testo puoi",
  nl: "de het een en van is zijn op met voor dat die wat hoe waarom niet ik je mij kun in te naar aan als ook deze dit schrijf wie welke volgende tekst",
  pl: "i w na z do jest sa nie to sie jak co dlaczego dla o ten ta czy po od za przez napisz kto gdzie tekst mi",
  tr: "ve bir bu da de icin ile ne nasil neden mi ben sen bana olarak daha cok var yaz kim metni en",
  vi: "la va cua cho mot trong voi co khong nhu the nao toi ban hay nay duoc cac nhung viet gi sao",
  id: "yang dan di ke dari untuk dengan ini itu apa bagaimana mengapa saya anda adalah tidak pada dalam buatlah tulis jelaskan siapa",
  sv: "och att det som en ett ar for med pa av till inte hur vad varfor jag du den skriv kan vilka om",
};

const CODES = Object.keys(SMALL_WORDS);
const LANGUAGES_OF_WORD = buildIndex();

/** For each small word the positions in CODES of the languages that have it. */
function buildIndex(): Map<string, number[]> {
  const index = new Map<string, number[]>();
  CODES.forEach((code, position) => {
    for (const word of new Set((SMALL_WORDS[code] ?? "").split(" ")))
      index.set(word, [...(index.get(word) ?? []), position]);
  });
  return index;
}

function latinLanguage(words: readonly string[]): Language {
  const votes = new Float64Array(CODES.length);
  const count = Math.min(words.length, MOST_WORDS);
  let known = 0;
  let latin = 0;
  for (let position = 0; position < count; position++) {
    const word = words[position]!;
    if (isDigit(word.charCodeAt(0))) continue;
    latin++;
    const languages = LANGUAGES_OF_WORD.get(word);
    if (languages === undefined) continue;
    for (const language of languages) votes[language]! += 1 / languages.length;
    known++;
  }
  if (latin === 0) return { code: "", confidence: 0 };
  if (known === 0) return latin <= 3 ? { code: "en", confidence: 0.3 } : { code: "", confidence: 0 };
  let best = 0;
  for (let language = 1; language < votes.length; language++)
    if (votes[language]! > votes[best]!) best = language;
  const share = votes[best]! / known;
  return { code: CODES[best]!, confidence: Math.min(1, share * Math.min(1, 0.4 + known / 5)) };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
