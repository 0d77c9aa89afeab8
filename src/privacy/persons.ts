import type { Detector, Emit } from "./detector.ts";
import { everydayWords, familyNames, givenNames, placeNames } from "./name-lists.ts";

/** Names of persons in scripts that have capitals: by lists of names, by titles, and by the words around them. */
export const persons: Detector = {
  name: "persons",
  kinds: ["person"],
  run({ text, capitalised }, emit, tick) {
    let pair = 0;
    while (pair < capitalised.length) {
      tick();
      const first = pair;
      let words = 1;
      while (
        words < mostWords &&
        pair + 2 < capitalised.length &&
        joins(text, capitalised[pair + 1]!, capitalised[pair + 2]!)
      ) {
        pair += 2;
        words++;
      }
      pair += 2;
      judgeSequence(text, capitalised, first, words, emit);
    }
  },
};

const mostWords = 6;
const given = new Set(givenNames.split(" "));
const family = new Set(familyNames.split(" "));
const places = new Set(placeNames.split(" "));
const everyday = new Set(everydayWords.split(" "));
const titles = new Set(
  "Mr Mrs Ms Miss Mx Dr Prof Professor Sir Madam Madame Monsieur Mme Herr Frau Señor Señora Signor Signora Sra Srta Rev Hon Capt Sgt Lt Col".split(
    " ",
  ),
);
const nameParticle =
  /^(?:\.? | \p{L}\. ?| ?-| ?['’]| (?:de|da|di|du|del|della|van|von|der|den|ten|ter|la|le|bin|ibn|al|el|y|e)(?: (?:la|los|las|der|den|het))? )$/u;
const introductions =
  /(?:\b(?:my|his|her|whose|first|last|full|the) name(?: is|'s|:)|\bi am|\bi['’]m|\bcall me|\bnamed|\bdear|\bhi|\bhello|\bhey|\bregards,?|\bsincerely,?|\bcheers,?|\bthanks,?|\battn:?|\bfrom:|\bname:|\bsigned,?|\bcontact|\bmet|\bfriend|\bbrother|\bsister|\bcolleague|\bboss|\bwife|\bhusband|\bpatient|\bclient|\bcustomer|\bborn to|\bby author)[ \n]{0,2}$/;
const organisationWords =
  /^(?:Inc|Corp|Corporation|Company|Co|Ltd|LLC|Limited|GmbH|Group|Bank|University|College|School|Street|Road|Avenue|Hotel|Airport|Hospital|Institute|Foundation|Museum|Park|Island|Islands|River|Lake|Bridge|Tower|County|City|State|Cup|Award|Prize|Orchestra|Theorem|Law|Act|Method|Distribution|Equation|Times|Post|Records|Studios|Technologies|Systems|Solutions|Partners|Sons|Airlines|Motors|Church|Cathedral|Stadium|Beach|Valley|Mountain|Mountains|Bay|Hills|Hall|Center|Centre|Square|Station)$/;

/** Whether two capitalised words can belong to one name: what stands between them is short and of the known kinds. */
function joins(text: string, end: number, start: number): boolean {
  if (start - end > 12) return false;
  if (start - end === 1) return " -'’".includes(text[end]!);
  const between = text.slice(end, start);
  return nameParticle.test(between) && !(between.startsWith(". ") && end - wordStart(text, end) > 1);
}

function wordStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && isLetter(text, start - 1)) start--;
  return start;
}

function isLetter(text: string, index: number): boolean {
  return /\p{L}/u.test(text[index]!);
}

function judgeSequence(
  text: string,
  capitalised: readonly number[],
  first: number,
  words: number,
  emit: Emit,
): void {
  const starts: number[] = [];
  const ends: number[] = [];
  const spelled: string[] = [];
  for (let index = 0; index < words; index++) {
    const start = capitalised[first + index * 2]!;
    const end = capitalised[first + index * 2 + 1]!;
    starts.push(start);
    ends.push(end);
    spelled.push(text.slice(start, end));
  }
  let index = 0;
  while (index < words) {
    const titled = index > 0 ? titles.has(spelled[index - 1]!) : hasTitleBefore(text, starts[index]!);
    const introduced =
      index === 0 && introductions.test(text.slice(Math.max(0, starts[0]! - 24), starts[0]!).toLowerCase());
    const length = nameLength(spelled, index, titled || introduced);
    if (length === 0) {
      index++;
      continue;
    }
    const confidence = nameConfidence(
      spelled,
      index,
      length,
      titled,
      introduced,
      atSentenceStart(text, starts[index]!),
    );
    if (confidence > 0) emit(starts[index]!, ends[index + length - 1]!, "person", confidence);
    index += confidence > 0 ? length : 1;
  }
}

/** A title may be cut off from its name by its full stop: "Dr. Weber". */
function hasTitleBefore(text: string, start: number): boolean {
  if (text[start - 1] !== " ") return false;
  const end = text[start - 2] === "." ? start - 2 : start - 1;
  const begin = wordStart(text, end);
  return end - begin <= 9 && titles.has(text.slice(begin, end));
}

/** How many words from `index` on form one name; 0 if none starts here. */
function nameLength(words: readonly string[], index: number, certain: boolean): number {
  if (titles.has(words[index]!)) return 0;
  const startsHere =
    certain || (given.has(words[index]!) && !titles.has(words[index]!)) || family.has(words[index]!);
  if (
    !startsHere ||
    (isEveryday(words[index]!) && !certain && !(given.has(words[index]!) && index + 1 < words.length))
  )
    return 0;
  let length = 1;
  while (index + length < words.length && length < 4) {
    const word = words[index + length]!;
    if (organisationWords.test(word)) return length === 1 || !certain ? 0 : length;
    if (titles.has(word) || (isEveryday(word) && !family.has(word) && !given.has(word))) break;
    length++;
  }
  return length;
}

function nameConfidence(
  words: readonly string[],
  index: number,
  length: number,
  titled: boolean,
  introduced: boolean,
  sentenceStart: boolean,
): number {
  const head = words[index]!;
  const tail = words[index + length - 1]!;
  if (titled) return 0.9;
  if (introduced && !isEveryday(head) && !places.has(head)) return 0.8;
  const headGiven = given.has(head);
  if (length > 1) {
    const tailKnown = family.has(tail) || given.has(tail);
    if (headGiven && tailKnown) return places.has(head) || places.has(tail) || isEveryday(head) ? 0.6 : 0.9;
    if (headGiven && !isEveryday(head) && !places.has(head)) return 0.75;
    if (tailKnown && family.has(head)) return 0.55;
    return 0;
  }
  if (isEveryday(head) || places.has(head)) return 0;
  if (headGiven) return sentenceStart ? 0.55 : 0.6;
  return 0;
}

function isEveryday(word: string): boolean {
  return everyday.has(word.toLowerCase());
}

function atSentenceStart(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  return before.trim() === "" || /[.!?:\n] ?$/.test(before);
}
