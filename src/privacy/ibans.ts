import { isUpper, isWordCharacter } from "./characters.ts";
import type { Detector } from "./detector.ts";

/** International bank account numbers, bare or in groups of four, with country length and check digits. */
export const ibans: Detector = {
  name: "ibans",
  kinds: ["iban"],
  run({ text, mixedWords }, emit, tick) {
    let passed = 0;
    for (let pair = 0; pair < mixedWords.length; pair += 2) {
      tick();
      const start = mixedWords[pair]!;
      if (start < passed || !isUpper(text, start) || !isUpper(text, start + 1)) continue;
      const length = lengths.get(text.slice(start, start + 2));
      if (length === undefined || !/^\d\d/.test(text.slice(start + 2, start + 4))) continue;
      const end = endOfNumber(text, start, length);
      if (end < 0) continue;
      const compact = text.slice(start, end).replace(/[ -]/g, "");
      if (!hasCheckDigits(compact)) continue;
      passed = end;
      emit(start, end, "iban", 0.99);
    }
  },
};

/** Reads `length` letters and digits, single spaces or hyphens between groups allowed; -1 if there are fewer or more. */
function endOfNumber(text: string, start: number, length: number): number {
  let at = start;
  let count = 0;
  while (count < length) {
    const code = text.charCodeAt(at);
    if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90)) count++;
    else if ((code !== 32 && code !== 45) || text.charCodeAt(at - 1) === code) return -1;
    at++;
  }
  return isWordCharacter(text, at) ? -1 : at;
}

/** ISO 7064 MOD 97-10: the number with its first four characters moved to the end leaves 1. */
function hasCheckDigits(iban: string): boolean {
  let remainder = 0;
  for (let index = 0; index < iban.length; index++) {
    const code = iban.charCodeAt((index + 4) % iban.length);
    const value = code <= 57 ? code - 48 : code - 55;
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

// Country and length, from the registry that SWIFT keeps for ISO 13616.
const lengths: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 " +
    "ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 " +
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 " +
    "PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
