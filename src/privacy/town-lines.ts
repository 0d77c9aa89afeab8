const name = "\\p{Lu}[\\p{L}\\p{M}'’.-]{0,24}";
const postcode =
  "(?:\\d{3,6}(?:[ -]\\d{2,4})?(?!\\d)|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}(?![A-Za-z])|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d(?![A-Za-z]))";
// A line end may be followed by the marks of quoted mail, and two of them stand between blocks of one address.
const lineEnd = "\\.?,? ?\\r?\\n(?: ?\\r?\\n)?[ >?|*]{0,6}";
const unitTail =
  /(?:\.?,? ?(?:\r?\n[ >?|*]{0,6})?(?:apt|apartment|suite|ste|unit|flat|room|floor|fl|box|st)\b\.? ?#?(?:\d[A-Za-z0-9-]{0,6})?)/iy;
const townTail = new RegExp(
  `(?:${lineEnd}|,? |, ?| - )(?:[A-Z]{1,3}-)?(?:${postcode} ?)?${name}(?: (?:de |del |di |do |upon |am |an der |u |nad )?${name}){0,3}(?: ?\\([\\p{L} ]{1,20}\\))?(?:,? ?(?:\\r?\\n ?)?,? ?(?:[A-Z]{2,3}|nan)(?![\\p{L}]))?(?:,? ?(?:${lineEnd})?${postcode})?`,
  "uy",
);
const postcodeTail = new RegExp(`(?:${lineEnd}|,? )(?:[A-Z]{2} )?${postcode}`, "y");
const mostParts = 6;

/**
 * Where an address ends that has come as far as `from`: the unit, town, state, postcode and country that follow belong to it.
 * On the same line a capitalised word alone is not enough, for it may begin what the sentence goes on to say.
 */
export function endOfTown(text: string, from: number): number {
  let end = from;
  for (let part = 0; part < mostParts; part++) {
    const next = tail(unitTail, text, end) ?? sureTown(text, end) ?? tail(postcodeTail, text, end);
    if (next === undefined) break;
    end = next;
  }
  return end;
}

function sureTown(text: string, from: number): number | undefined {
  townTail.lastIndex = from;
  const match = townTail.exec(text);
  if (match === null) return undefined;
  const sure =
    /\d|[A-Z]{2}$|\n/.test(match[0]) ||
    (match[0].startsWith(",") && /^[.,\n]|^$/.test(text.slice(from + match[0].length).slice(0, 1)));
  return sure ? from + match[0].length : undefined;
}

function tail(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  const match = pattern.exec(text);
  return match === null || match[0].length === 0 ? undefined : from + match[0].length;
}
