import * as australianTaxNumber from "stdnum/lib/cjs/au/tfn.js";
import * as belgianNumber from "stdnum/lib/cjs/be/nn.js";
import * as brazilianCpf from "stdnum/lib/cjs/br/cpf.js";
import * as canadianSin from "stdnum/lib/cjs/ca/sin.js";
import * as swissSsn from "stdnum/lib/cjs/ch/ssn.js";
import * as chileanRut from "stdnum/lib/cjs/cl/rut.js";
import * as chineseId from "stdnum/lib/cjs/cn/ric.js";
import * as czechNumber from "stdnum/lib/cjs/cz/rc.js";
import * as germanTaxId from "stdnum/lib/cjs/de/idnr.js";
import * as danishCpr from "stdnum/lib/cjs/dk/cpr.js";
import * as spanishDni from "stdnum/lib/cjs/es/dni.js";
import * as spanishNie from "stdnum/lib/cjs/es/nie.js";
import * as finnishHetu from "stdnum/lib/cjs/fi/hetu.js";
import * as frenchNir from "stdnum/lib/cjs/fr/nir.js";
import * as britishNino from "stdnum/lib/cjs/gb/nino.js";
import * as croatianOib from "stdnum/lib/cjs/hr/oib.js";
import * as irishPps from "stdnum/lib/cjs/ie/pps.js";
import * as indianAadhaar from "stdnum/lib/cjs/in/aadhaar.js";
import * as indianPan from "stdnum/lib/cjs/in/pan.js";
import * as italianCode from "stdnum/lib/cjs/it/codicefiscale.js";
import * as koreanRrn from "stdnum/lib/cjs/kr/rrn.js";
import * as mexicanCurp from "stdnum/lib/cjs/mx/curp.js";
import * as dutchBsn from "stdnum/lib/cjs/nl/bsn.js";
import * as norwegianNumber from "stdnum/lib/cjs/no/fodselsnummer.js";
import * as polishPesel from "stdnum/lib/cjs/pl/pesel.js";
import * as romanianCnp from "stdnum/lib/cjs/ro/cnp.js";
import * as swedishNumber from "stdnum/lib/cjs/se/personnummer.js";
import * as turkishNumber from "stdnum/lib/cjs/tr/tckimlik.js";
import * as americanSsn from "stdnum/lib/cjs/us/ssn.js";
import * as southAfricanId from "stdnum/lib/cjs/za/idnr.js";

/** How one country writes its personal numbers. */
export type NationalIdRule = {
  readonly name: string;
  /** The whole candidate, separators included; anchored at both ends and without nested repetition. */
  readonly shape: RegExp;
  /** Check digits, dates and reserved ranges, on the candidate as written. */
  readonly isValid: (candidate: string) => boolean;
  /** Confidence where nothing around it says what it is; 0 where shape and checksum let too many numbers through. */
  readonly alone: number;
  /** Words in front of it, in small letters, that make it certain enough. */
  readonly words: RegExp;
};

/** Rules on candidates made of digits and separators only. */
export const numericIdRules: readonly NationalIdRule[] = [
  rule("us_ssn", /^\d{3}-\d{2}-\d{4}$/, valid(americanSsn), 0.9, /ssn|social security/),
  rule("us_ssn", /^\d{3}[ .]?\d{2}[ .]?\d{4}$/, valid(americanSsn), 0, /\bssn|social security/),
  rule("us_itin", /^9\d{2}-(?:[5-6]\d|7\d|8[0-8]|9[0-2]|9[4-9])-\d{4}$/, always, 0.8, /itin|taxpayer/),
  rule("ca_sin", /^\d{3}[ -]\d{3}[ -]\d{3}$/, valid(canadianSin), 0.6, /\bsin\b|social insurance/),
  rule("ca_sin", /^\d{9}$/, valid(canadianSin), 0, /\bsin\b|social insurance/),
  rule("gb_nhs", /^\d{3}[ -]?\d{3}[ -]?\d{4}$/, isNhsNumber, 0, /\bnhs\b/),
  rule("pl_pesel", /^\d{11}$/, valid(polishPesel), 0.6, /pesel/),
  rule(
    "no_fodselsnummer",
    /^\d{6} ?\d{5}$/,
    valid(norwegianNumber),
    0.8,
    /f[oø]dselsnummer|personnummer|national id/,
  ),
  rule("se_personnummer", /^(?:\d{2})?\d{6}-\d{4}$/, valid(swedishNumber), 0.9, /personnummer/),
  rule("dk_cpr", /^\d{6}-\d{4}$/, valid(danishCpr), 0.75, /\bcpr\b/),
  rule(
    "be_nn",
    /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$/,
    valid(belgianNumber),
    0.95,
    /rijksregister|registre national|national number/,
  ),
  rule(
    "fr_nir",
    /^[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}$/,
    valid(frenchNir),
    0.9,
    /s[eé]curit[eé] sociale|\bnir\b|insee/,
  ),
  rule("de_tax_id", /^\d{2} \d{3} \d{3} \d{3}$/, valid(germanTaxId), 0.85, /steuer|idnr|tax id/),
  rule("de_tax_id", /^\d{11}$/, valid(germanTaxId), 0, /steuer|idnr|tax id/),
  rule("ch_ahv", /^756\.?\d{4}\.?\d{4}\.?\d{2}$/, valid(swissSsn), 0.95, /ahv|avs/),
  rule("nl_bsn", /^\d{9}$/, valid(dutchBsn), 0, /\bbsn\b|burgerservice|sofi/),
  rule("cz_rc", /^\d{6}\/\d{3,4}$/, valid(czechNumber), 0.85, /rodn[eé]/),
  rule("ro_cnp", /^[1-9]\d{12}$/, valid(romanianCnp), 0.7, /\bcnp\b|cod numeric/),
  rule("hr_oib", /^\d{11}$/, valid(croatianOib), 0, /\boib\b/),
  rule("tr_tckn", /^[1-9]\d{10}$/, valid(turkishNumber), 0.6, /t\.?c\.? ?kimlik|tckn|national id/),
  rule("br_cpf", /^\d{3}\.\d{3}\.\d{3}-\d{2}$/, valid(brazilianCpf), 0.95, /\bcpf\b/),
  rule("br_cpf", /^\d{11}$/, valid(brazilianCpf), 0, /\bcpf\b/),
  rule("cl_rut", /^\d{1,2}\.\d{3}\.\d{3}-\d$/, valid(chileanRut), 0.9, /\brut\b|\brun\b/),
  rule("in_aadhaar", /^[2-9]\d{3} \d{4} \d{4}$/, valid(indianAadhaar), 0.8, /aadhaar|aadhar|uidai/),
  rule("in_aadhaar", /^[2-9]\d{11}$/, valid(indianAadhaar), 0, /aadhaar|aadhar|uidai/),
  rule("cn_resident_id", /^\d{18}$/, valid(chineseId), 0.9, /身份证|resident id|id card/),
  rule("kr_rrn", /^\d{6}-\d{7}$/, valid(koreanRrn), 0.9, /resident registration|주민/),
  rule("za_id", /^\d{13}$/, valid(southAfricanId), 0.6, /south african id|id number|identity number/),
  rule("au_tfn", /^\d{3} ?\d{3} ?\d{2,3}$/, valid(australianTaxNumber), 0, /\btfn\b|tax file/),
  rule("passport", /^\d{7,9}$/, always, 0, /passport(?: (?:no|number|nr|id))?[.:#]? *(?:is )?$/),
  rule(
    "driver_license",
    /^\d{4,9}(?:-\d{2}-\d{4})?$/,
    always,
    0,
    /(?:driver'?s?|driving) ?licen[cs]e(?: (?:no|number|nr|id))?[.:#]? *(?:is )?$/,
  ),
];

/** Rules on single words of letters and digits mixed. */
export const mixedIdRules: readonly NationalIdRule[] = [
  rule("es_dni", /^\d{8}[A-Z]$/, valid(spanishDni), 0.9, /\bdni\b|\bnif\b/),
  rule("es_nie", /^[XYZ]\d{7}[A-Z]$/, valid(spanishNie), 0.95, /\bnie\b/),
  rule(
    "gb_nino",
    /^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/,
    valid(britishNino),
    0.85,
    /national insurance|\bnino?\b/,
  ),
  rule("ie_pps", /^\d{7}[A-W][A-IW]?$/, valid(irishPps), 0.6, /\bpps/),
  rule(
    "it_codice_fiscale",
    /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/,
    valid(italianCode),
    0.98,
    /codice fiscale/,
  ),
  rule("mx_curp", /^[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/, valid(mexicanCurp), 0.98, /curp/),
  rule("in_pan", /^[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]$/, valid(indianPan), 0.85, /\bpan\b/),
  rule("cn_resident_id", /^\d{17}X$/, valid(chineseId), 0.95, /身份证|resident id/),
  rule("sg_nric", /^[STFGM]\d{7}[A-Z]$/, isSingaporeNumber, 0.9, /nric|\bfin\b/),
  rule(
    "passport",
    /^[A-Z]{1,2}\d{6,8}[A-Z]?$/,
    always,
    0,
    /passport(?: (?:no|number|nr|id))?[.:#]? *(?:is )?$/,
  ),
  rule(
    "driver_license",
    /^[A-Z]{1,2}\d{5,14}$/,
    always,
    0,
    /(?:driver'?s?|driving) ?licen[cs]e(?: (?:no|number|nr|id))?[.:#]? *(?:is )?$/,
  ),
];

/** Whether any of the rules could fit: one look at a candidate in place of one for each country. */
export const anyNumericShape: RegExp = anyShape(numericIdRules);
/** As `anyNumericShape`, for words of letters and digits mixed. */
export const anyMixedShape: RegExp = anyShape(mixedIdRules);

/** The Finnish number has its century sign in the middle, so it is read from the text around its first six digits. */
export const finnishId = {
  shape: /\d{6}[-+A-FU-Y]\d{3}[0-9A-Y](?![A-Za-z0-9])/y,
  isValid: valid(finnishHetu),
};

function anyShape(rules: readonly NationalIdRule[]): RegExp {
  return new RegExp(rules.map(({ shape }) => `(?:${shape.source})`).join("|"));
}

type Validator = { readonly validate: (value: string) => { isValid: boolean } };

function rule(
  name: string,
  shape: RegExp,
  isValid: (candidate: string) => boolean,
  alone: number,
  words: RegExp,
): NationalIdRule {
  return { name, shape, isValid, alone, words };
}

function valid(validator: Validator): (candidate: string) => boolean {
  return (candidate) => validator.validate(candidate).isValid && !/^(\d)\1*$/.test(candidate);
}

function always(): boolean {
  return true;
}

/** Modulus 11 over ten digits, as the NHS data dictionary describes it. */
function isNhsNumber(candidate: string): boolean {
  const digits = candidate.replace(/\D/g, "");
  let sum = 0;
  for (let index = 0; index < 9; index++) sum += Number(digits[index]) * (10 - index);
  const check = 11 - (sum % 11);
  return check !== 10 && Number(digits[9]) === check % 11;
}

function isSingaporeNumber(candidate: string): boolean {
  const weights = [2, 7, 6, 5, 4, 3, 2];
  const series = candidate[0]!;
  let sum = series === "T" || series === "G" ? 4 : series === "M" ? 3 : 0;
  for (let index = 0; index < 7; index++) sum += Number(candidate[index + 1]) * weights[index]!;
  const letters =
    series === "S" || series === "T" ? "JZIHGFEDCBA" : series === "M" ? "KLJNPQRTUWX" : "XWUTRQPNMLK";
  const position = series === "M" ? 10 - (sum % 11) : sum % 11;
  return letters[position] === candidate[8];
}
