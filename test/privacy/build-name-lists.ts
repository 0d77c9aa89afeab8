/**
 * Writes src/privacy/name-lists.ts from the locale data of @faker-js/faker (MIT):
 *
 *   npm pack @faker-js/faker@10.6.0, unpack it, then
 *   node test/privacy/build-name-lists.ts UNPACKED_FOLDER
 *
 * The lists are committed, so that nothing of this is needed to build or run the service.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Say where @faker-js/faker 10.6.0 is unpacked.");
const { allLocales } = (await import(pathToFileURL(`${folder}/dist/index.js`).href)) as {
  allLocales: { readonly en: Locale; readonly [locale: string]: Locale };
};

type Words = readonly string[] | { readonly [key: string]: Words } | null | undefined;
type Locale = {
  readonly person?: Record<string, Words>;
  readonly location?: Record<string, Words>;
  readonly word?: Words;
};

const english = allLocales.en!;
const everyday = new Set([...stems(flatten(english.word)), ...functionWords()]);
const places = new Set(
  Object.values(allLocales).flatMap((locale) =>
    ["city_name", "country", "state", "continent"].flatMap((key) => flatten(locale.location?.[key])),
  ),
);
const given = names("first_name");
const family = names("last_name");

const lines = [
  "// Written by test/privacy/build-name-lists.ts from the locale data of @faker-js/faker 10.6.0 (MIT). Do not edit.",
  "",
  constant("givenNames", "Given names in many languages.", [...given]),
  constant(
    "familyNames",
    "Family names in many languages, those that are given names as well left out.",
    [...family].filter((name) => !given.has(name)),
  ),
  constant(
    "placeNames",
    "Words of the names of countries, states and cities that are also names of persons.",
    [...places].filter((place) => given.has(place) || family.has(place)),
  ),
  constant("everydayWords", "Common English words, in small letters.", [...everyday]),
];
writeFileSync(new URL("../../src/privacy/name-lists.ts", import.meta.url), lines.join("\n"));

function constant(name: string, comment: string, words: readonly string[]): string {
  const sorted = [...new Set(words)].sort();
  return `/** ${comment} Separated by spaces. */\nexport const ${name} =\n  "${sorted.join(" ")}";\n`;
}

function names(key: string): Set<string> {
  const words = Object.values(allLocales)
    .flatMap((locale) => flatten(locale.person?.[key]))
    .flatMap((name) => name.split(/[\s-]+/));
  return new Set(words.filter((word) => /^\p{Lu}[\p{L}]{2,}$/u.test(word)));
}

function flatten(words: Words): string[] {
  if (words === null || words === undefined) return [];
  if (Array.isArray(words)) return words.filter((word) => typeof word === "string");
  return Object.values(words).flatMap(flatten);
}

function stems(words: readonly string[]): string[] {
  return words.map((word) => word.toLowerCase()).filter((word) => /^[a-z]{2,}$/.test(word));
}

function functionWords(): string[] {
  return (
    "the a an and or but if then else when while for from to of in on at by with without into onto over under about above below " +
    "between this that these those here there where why how what which who whom whose is are was were be been being am do does did " +
    "done have has had will would shall should can could may might must not no yes i you he she it we they me him her us them my your " +
    "his its our their mine yours ours theirs all any some none both each every either neither one two three four five six seven eight " +
    "nine ten first second third last next new old many much more most less least very too also only just even still yet again ever " +
    "never always often once please thanks thank dear hello hi hey sorry okay ok monday tuesday wednesday thursday friday saturday " +
    "sunday january february march april may june july august september october november december today tomorrow yesterday write " +
    "explain describe summarize translate convert calculate create give list make find tell show use using given suppose consider let " +
    "mr mrs ms dr prof sir madam street road avenue north south east west god lord king queen prince princess president chief general " +
    "saint mount lake river sea bay island city town county state university college school company bank group club team park bridge " +
    "church house hall tower airport station museum hotel hospital library art grace hope faith joy rose lily mark will bill pat sue " +
    "rob drew grant chase hunter mason cooper carter baker taylor parker fisher page gene ray jay max dean duke earl rich frank guy " +
    "art jack penny dollar crystal amber ruby pearl jade olive ivy holly daisy violet iris heather summer autumn dawn eve star sky " +
    "angel destiny harmony melody mercy patience prudence chance sunny sandy rocky rusty dusty misty stormy windy lane clay cliff " +
    "glen dale forest brook reed heath rain ocean river stone wood field hill moss van don del san santa el la le de du da das der den " +
    "die ing co inc ltd llc corp plc gmbh asia europe africa english french german spanish italian russian chinese japanese see an sa " +
    "so my long young king page love bell best good well little white black brown green grey gray red blue gold silver power day " +
    "name song idea job said flip america nike mercedes delta kafka spark oracle apple amazon meta gun show hold volcano thing things time times people someone something anything nothing everything everyone " +
    "python java swift ruby julia scala pascal ada basic haskell delphi perl sass jenkins docker excel word access windows linux"
  ).split(" ");
}
